use std::fmt;

const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITE: u32 = 0o020;

/// Why a file with secrets is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum ModeError {
    GroupWritable,
    WorldWritable,
}

impl fmt::Display for ModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ModeError::GroupWritable => "the file can be changed by its group",
            ModeError::WorldWritable => "the file can be changed by everybody",
        })
    }
}

/// Checks the permission bits of a file with secrets: only its owner may be able to write it.
pub fn check_mode(mode: u32) -> Result<(), ModeError> {
    if mode & OTHERS_WRITE != 0 {
        return Err(ModeError::WorldWritable);
    }
    if mode & GROUP_WRITE != 0 {
        return Err(ModeError::GroupWritable);
    }
    Ok(())
}
