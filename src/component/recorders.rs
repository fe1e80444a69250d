//! Where records go.

mod background;
mod json;
mod json_lines;
mod memory;
mod tracked;

pub use self::json_lines::JsonLines;
pub use self::memory::MemoryRecorder;
pub use self::tracked::Tracked;
