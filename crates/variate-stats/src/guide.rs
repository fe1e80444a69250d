//! The code in the pages of `docs/methods` and in the worked case, which is compiled and run with the documentation tests.

#[doc = include_str!("../../../docs/methods/allocation.md")]
mod allocation {}

#[doc = include_str!("../../../docs/methods/always-valid.md")]
mod always_valid {}

#[doc = include_str!("../../../docs/methods/bayesian.md")]
mod bayesian {}

#[doc = include_str!("../../../docs/methods/bootstrap.md")]
mod bootstrap {}

#[doc = include_str!("../../../docs/methods/distributions.md")]
mod distributions {}

#[doc = include_str!("../../../docs/methods/evaluation.md")]
mod evaluation {}

#[doc = include_str!("../../../docs/methods/group-sequential.md")]
mod group_sequential {}

#[doc = include_str!("../../../docs/methods/means.md")]
mod means {}

#[doc = include_str!("../../../docs/methods/multiple-comparisons.md")]
mod multiple_comparisons {}

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

#[doc = include_str!("../../../docs/methods/sample-ratio.md")]
mod sample_ratio {}

#[doc = include_str!("../../../docs/methods/variance-reduction.md")]
mod variance_reduction {}

#[doc = include_str!("../../../docs/methods/winsorising.md")]
mod winsorising {}

#[doc = include_str!("../../../docs/cookie-cats.md")]
mod cookie_cats {}
