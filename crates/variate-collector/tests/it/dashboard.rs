//! The dashboard: over a socket, and in a browser.

mod axe;
mod changes;
mod login;
mod pages;
mod seen;
mod site;
