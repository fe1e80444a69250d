//! The code in the pages of `docs/methods` and in the worked case, which is compiled and run with the documentation tests.

#[doc = include_str!("../../../docs/methods/bootstrap.md")]
mod bootstrap {}

#[doc = include_str!("../../../docs/methods/means.md")]
mod means {}

#[doc = include_str!("../../../docs/methods/power.md")]
mod power {}

#[doc = include_str!("../../../docs/methods/proportions.md")]
mod proportions {}

#[doc = include_str!("../../../docs/methods/quantiles.md")]
mod quantiles {}

#[doc = include_str!("../../../docs/methods/ranks.md")]
mod ranks {}

#[doc = include_str!("../../../docs/methods/ratios.md")]
mod ratios {}

#[doc = include_str!("../../../docs/methods/variance-reduction.md")]
mod variance_reduction {}

#[doc = include_str!("../../../docs/methods/winsorising.md")]
mod winsorising {}

#[doc = include_str!("../../../docs/cookie-cats.md")]
mod cookie_cats {}
