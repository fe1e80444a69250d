//! Makes the compiler say what is missing where an experiment runs without a control.

use crate::Experiment;

/// Implemented for nothing: the methods below exist for their error message alone.
#[diagnostic::on_unimplemented(
    message = "an experiment needs a control before it can run",
    label = "`.use_(|| ..)`, the control's behaviour, must come first",
    note = "write `experiment(name, context).use_(|| ..).try_(|| ..).run()`"
)]
pub trait AfterControl<Step> {}

#[doc(hidden)]
#[allow(missing_docs)] // Hidden: nobody can call them.
impl Experiment<'_> {
    pub fn run<Step>(&self)
    where
        Self: AfterControl<Step>,
    {
    }

    pub fn try_<Step>(&self, _: Step) -> &Self
    where
        Self: AfterControl<Step>,
    {
        self
    }

    pub fn variants<Step>(&self, _: Step) -> &Self
    where
        Self: AfterControl<Step>,
    {
        self
    }

    pub fn candidate<Step>(&self, _: Step) -> &Self
    where
        Self: AfterControl<Step>,
    {
        self
    }
}
