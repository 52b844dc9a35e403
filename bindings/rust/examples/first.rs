// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

use bufpool::{Buffer, Pool};

fn main() -> Result<(), glib::Error> {
    let pool = Pool::of::<f32>();
    {
        let mut samples = Buffer::<f32>::acquire(&pool, 1024)?;
        samples[10] = 0.5;
        println!("{} samples, {}", samples.len(), samples[10]);
    }
    println!("{} idle", pool.stats().map_or(0, |stats| stats.idle()));

    // On another thread, and back as bytes
    let bytes = std::thread::spawn(move || {
        let mut samples = Buffer::<f32>::acquire(&pool, 4).unwrap();
        samples.fill(1.0);
        samples.into_bytes().unwrap()
    }).join().unwrap();
    println!("{} bytes", bytes.len());

    // The handle as gir makes it: an error and not a race where something is in the way
    let pool = Pool::of::<u8>();
    let pooled = pool.acquire_sized(4)?;
    let bytes = pooled.bytes()?;
    let error = pooled.append_bytes(b"x").unwrap_err();
    println!("{error}");
    drop(bytes);
    pooled.append_bytes(b"x")?;
    println!("{:?}", pooled.dup_data()?);
    println!("{} out", pool.stats().map_or(0, |stats| stats.outstanding()));
    Ok(())
}
