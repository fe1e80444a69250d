/// Whether a request asks not to be tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Privacy {
    /// It does not ask for anything.
    #[default]
    Unrestricted,
    /// It does: no cookie and no tracking.
    DoNotTrack,
}

impl Privacy {
    /// What the headers `DNT` (Do Not Track) and `Sec-GPC` (Global Privacy Control) say.
    ///
    /// A header says yes with `1`, `true`, `t`, `yes`, `y` or `on`, in any case.
    ///
    /// ```
    /// use variate::Privacy;
    ///
    /// assert_eq!(Privacy::from_headers(None, Some(b"1")), Privacy::DoNotTrack);
    /// assert_eq!(Privacy::from_headers(Some(b"0"), None), Privacy::Unrestricted);
    /// ```
    pub fn from_headers(dnt: Option<&[u8]>, sec_gpc: Option<&[u8]>) -> Self {
        if [dnt, sec_gpc].into_iter().flatten().any(says_yes) {
            Self::DoNotTrack
        } else {
            Self::Unrestricted
        }
    }
}

fn says_yes(header: &[u8]) -> bool {
    let header = header.trim_ascii();
    ["1", "true", "t", "yes", "y", "on"]
        .iter()
        .any(|yes| header.eq_ignore_ascii_case(yes.as_bytes()))
}
