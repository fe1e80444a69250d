use std::env;
use std::path::PathBuf;

/// Where programs of this user keep what they need: `variate` in the XDG data directory, on Windows in the local
/// application data.
pub(super) fn data_directory() -> Option<PathBuf> {
    let absolute = |variable| {
        let path = env::var_os(variable).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let of_user = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else {
        let at_home = || env::home_dir().map(|home| home.join(".local").join("share"));
        absolute("XDG_DATA_HOME").or_else(at_home)
    };
    of_user.map(|directory| directory.join("variate"))
}
