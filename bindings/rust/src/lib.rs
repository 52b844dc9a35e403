// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

pub use bufpool_sys as ffi;

// bufpool has no main thread, and nothing to initialize: gir asks for these
macro_rules! assert_initialized_main_thread {
    () => {};
}
macro_rules! skip_assert_initialized {
    () => {};
}

mod auto;
mod buffer;

pub use auto::*;
pub use buffer::{Buffer, Element};
