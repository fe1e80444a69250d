use std::sync::LazyLock;

use redis::{Cmd, Script};

/// A script of this store.
#[derive(Clone, Copy)]
pub(super) struct Lua(&'static LazyLock<(Script, &'static str)>);

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $($file:literal)+;)+) => {
        $(
            $(#[$doc])*
            pub(super) const $name: Lua = {
                static SCRIPT: LazyLock<(Script, &'static str)> = LazyLock::new(|| {
                    const TEXT: &str = concat!($(include_str!($file)),+);
                    (Script::new(TEXT), TEXT)
                });
                Lua(&SCRIPT)
            };
        )+
    };
}

scripts! {
    /// Counts events of a shard.
    INGEST = "sums.lua" "buckets.lua" "whole.lua" "rows.lua" "units.lua" "ingest.lua" "plain.lua" "mixed.lua" "write.lua";
    /// Forgets random ids of a shard.
    EXPIRE = "buckets.lua" "whole.lua" "expire.lua";
    /// Removes a shard.
    REMOVE = "remove.lua";
    /// Begins a store.
    BEGIN = "begin.lua";
    /// Opens a shard, and sets whether it takes events.
    OPEN = "open.lua";
    /// Puts an experiment into the directory, changes it there, or takes it out.
    DIRECTORY = "directory.lua";
    /// Reads an experiment's entry, or all of a namespace.
    LOOK = "look.lua";
    /// The namespaces.
    LIST = "list.lua";
    /// Looks whether the directory is there.
    NAMESPACES = "namespaces.lua";
    /// Finds keys beside the directory.
    SCAN = "scan.lua";
    /// Makes the set of namespaces anew.
    RELIST = "relist.lua";
    /// Takes a namespace out of it.
    FORGET = "forget.lua";
    /// Gives a number that no experiment had.
    NUMBER = "number.lua";
    /// When the first and the last event of a shard happened.
    SPAN = "buckets.lua" "whole.lua" "span.lua";
}

/// What a server is asked to do.
pub(super) enum Call {
    Script {
        lua: Lua,
        keys: Vec<String>,
        args: Vec<Vec<u8>>,
    },
    Command(Cmd),
}

impl Call {
    pub(super) fn command(name: &str, args: &[&str]) -> Self {
        let mut command = redis::cmd(name);
        command.arg(args);
        Self::Command(command)
    }

    /// Makes a server know the script that everything is about.
    pub(super) fn load_ingest() -> Cmd {
        let mut command = redis::cmd("SCRIPT");
        command.arg("LOAD").arg(INGEST.0.1);
        command
    }

    /// For a server that knows the script.
    pub(super) fn by_name(&self) -> Cmd {
        match self {
            Self::Command(command) => command.clone(),
            Self::Script { lua, keys, args } => command("EVALSHA", lua.0.0.get_hash(), keys, args),
        }
    }

    /// For a server that does not.
    pub(super) fn by_text(&self) -> Cmd {
        match self {
            Self::Command(command) => command.clone(),
            Self::Script { lua, keys, args } => command("EVAL", lua.0.1, keys, args),
        }
    }
}

fn command(name: &str, script: &str, keys: &[String], args: &[Vec<u8>]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(keys.len()).arg(keys);
    for arg in args {
        command.arg(arg.as_slice());
    }
    command
}
