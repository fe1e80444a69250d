use std::iter::FusedIterator;

/// The iterator of one arm, or of those that were given earlier.
#[derive(Debug, Clone)]
pub enum Either<L, R> {
    /// This arm's.
    Left(L),
    /// Another's.
    Right(R),
}

macro_rules! either {
    ($self:ident, $inner:ident => $body:expr) => {
        match $self {
            Self::Left($inner) => $body,
            Self::Right($inner) => $body,
        }
    };
}

impl<L: Iterator, R: Iterator<Item = L::Item>> Iterator for Either<L, R> {
    type Item = L::Item;

    #[inline]
    fn next(&mut self) -> Option<L::Item> {
        either!(self, inner => inner.next())
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        either!(self, inner => inner.size_hint())
    }

    #[inline]
    fn fold<B, F: FnMut(B, L::Item) -> B>(self, begin: B, fold: F) -> B {
        either!(self, inner => inner.fold(begin, fold))
    }
}

impl<L: DoubleEndedIterator, R: DoubleEndedIterator<Item = L::Item>> DoubleEndedIterator
    for Either<L, R>
{
    #[inline]
    fn next_back(&mut self) -> Option<L::Item> {
        either!(self, inner => inner.next_back())
    }
}

impl<L: ExactSizeIterator, R: ExactSizeIterator<Item = L::Item>> ExactSizeIterator
    for Either<L, R>
{
    #[inline]
    fn len(&self) -> usize {
        either!(self, inner => inner.len())
    }
}

impl<L: FusedIterator, R: FusedIterator<Item = L::Item>> FusedIterator for Either<L, R> {}
