// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What gir leaves out: the elements themselves, to read and to write.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use glib::translate::*;

use crate::{ffi, ElementType, Pool, Pooled};

/// What a pool of numbers is made of. Every value of its bytes is one.
pub unsafe trait Element: Copy + Send + Sync + 'static {
    const TYPE: ElementType;
}

unsafe impl Element for u8 {
    const TYPE: ElementType = ElementType::U8;
}
unsafe impl Element for f32 {
    const TYPE: ElementType = ElementType::F32;
}

impl Pool {
    pub fn of<T: Element>() -> Self {
        Self::new(T::TYPE).expect("the type of an Element is numeric")
    }
}

/// The only handle of a buffer, so that its elements are a slice to write to.
pub struct Buffer<T: Element> {
    pooled: Pooled,
    elements: PhantomData<T>,
}

unsafe impl<T: Element> Send for Buffer<T> {}

impl<T: Element> Buffer<T> {
    pub fn acquire(pool: &Pool, n_elements: usize) -> Result<Self, glib::Error> {
        assert_eq!(pool.element_type(), T::TYPE, "the pool has elements of another type");
        Ok(Self { pooled: pool.acquire_sized(n_elements)?, elements: PhantomData })
    }

    /// Gives the buffer on; nothing is copied.
    pub fn into_bytes(self) -> Result<glib::Bytes, glib::Error> {
        self.pooled.unref_to_bytes()
    }

    fn data(&self) -> (*mut T, usize) {
        let mut n_elements = 0;
        let data = unsafe { ffi::bp_pooled_get_data(self.pooled.to_glib_none().0, &mut n_elements) };
        if n_elements == 0 {
            return (std::ptr::NonNull::dangling().as_ptr(), 0);
        }
        (data.cast(), n_elements)
    }
}

impl<T: Element> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let (data, n_elements) = self.data();
        unsafe { std::slice::from_raw_parts(data, n_elements) }
    }
}

impl<T: Element> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let (data, n_elements) = self.data();
        unsafe { std::slice::from_raw_parts_mut(data, n_elements) }
    }
}
