//! Who runs the server: PostgreSQL refuses to run as root, so root hands it to another account.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::error::StartError;

/// The account of the server's processes and files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// The account of this process.
    Ours,
    /// Another one, because this process is root.
    Other { user: u32, group: u32 },
}

impl Account {
    /// Decides by the owner of something that this process has just made.
    pub(super) fn for_maker_of(made: &Path) -> Result<Self, StartError> {
        let metadata = fs::metadata(made).map_err(StartError::io("inspect", made))?;
        if metadata.uid() != 0 {
            return Ok(Self::Ours);
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(StartError::io("read", "/etc/passwd"))?;
        ["postgres", "nobody"].iter().find_map(|name| find(&passwd, name)).ok_or(StartError::NoAccount)
    }

    /// Lets `command` run under this account, in a process group of its own.
    ///
    /// The group keeps a terminal's Ctrl-C away from it until we have ended our work with the server.
    pub(super) fn apply(self, command: &mut Command) {
        command.process_group(0);
        if let Self::Other { user, group } = self {
            command.uid(user).gid(group);
        }
    }

    /// Makes the directory this account's, and closes it to everybody else.
    pub(super) fn own(self, directory: &Path) -> Result<(), StartError> {
        let closed = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory, closed).map_err(StartError::io("protect", directory))?;
        let Self::Other { user, group } = self else { return Ok(()) };
        chown(directory, Some(user), Some(group)).map_err(StartError::io("give away", directory))
    }
}

/// The account called `name` in the text of a passwd(5) file.
fn find(passwd: &str, name: &str) -> Option<Account> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    let user = numbers.next()?.ok()?;
    let group = numbers.next()?.ok()?;
    (user != 0).then_some(Account::Other { user, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/:/sbin/nologin\ntoor:x:0:0::/:/bin/sh\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        assert_eq!(find(PASSWD, "nobody"), Some(Account::Other { user: 65534, group: 65533 }));
        assert_eq!(find(PASSWD, "no"), None);
    }

    #[test]
    fn another_name_of_root_is_of_no_use() {
        assert_eq!(find(PASSWD, "toor"), None);
    }
}
