use std::time::Duration;

/// What `#[measure(..)]` can make a number of.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    note = "`#[measure(..)]` takes numbers, `bool`s, durations (as nanoseconds), and `Option`s of those"
)]
pub trait Measurable {
    /// The number; `None` where there is nothing to measure.
    fn measure(&self) -> Option<f64>;
}

macro_rules! measurable {
    ($($number:ty),*) => {$(
        impl Measurable for $number {
            #[inline]
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss)]
            fn measure(&self) -> Option<f64> {
                Some(*self as f64)
            }
        }
    )*};
}
measurable!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64
);

impl Measurable for bool {
    #[inline]
    fn measure(&self) -> Option<f64> {
        Some(f64::from(u8::from(*self)))
    }
}

impl Measurable for Duration {
    #[inline]
    #[allow(clippy::cast_precision_loss)]
    fn measure(&self) -> Option<f64> {
        Some(self.as_nanos() as f64)
    }
}

impl<T: Measurable> Measurable for Option<T> {
    #[inline]
    fn measure(&self) -> Option<f64> {
        self.as_ref().and_then(T::measure)
    }
}

impl<T: Measurable + ?Sized> Measurable for &T {
    #[inline]
    fn measure(&self) -> Option<f64> {
        T::measure(self)
    }
}

/// What a closure takes of a value.
#[inline]
pub fn of<T: ?Sized, M>(value: &T, measure: impl FnOnce(&T) -> M) -> M {
    measure(value)
}
