//! Which addresses may be dialled.
//!
//! Everything that is not global unicast is refused. Some of it, the addresses of private networks, can be allowed to an
//! entry; the rest never is, above all not the addresses at which clouds hand out credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the public internet.
    Public,
    /// Into a private network, or to this machine. Only by the operator's leave.
    Inside,
    /// To nothing that an issuer could be.
    Never,
}

use Reach::{Inside, Never, Public};

/// First match counts.
const V4: &[(Ipv4Addr, u32, Reach)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, Never),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Inside),
    (Ipv4Addr::new(100, 100, 100, 200), 32, Never), // metadata of Alibaba Cloud
    (Ipv4Addr::new(100, 64, 0, 0), 10, Inside),     // shared between carrier and customers
    (Ipv4Addr::new(127, 0, 0, 0), 8, Inside),
    (Ipv4Addr::new(168, 63, 129, 16), 32, Never), // Azure's wire server, which looks public
    (Ipv4Addr::new(169, 254, 0, 0), 16, Never),   // link-local, and the metadata of most clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12, Inside),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Never), // protocol assignments, and metadata of Oracle Cloud
    (Ipv4Addr::new(192, 0, 2, 0), 24, Never), // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24, Never), // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16, Inside),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Never),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24, Never), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24, Never),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 3, Never),     // multicast, reserved, broadcast
];

/// First match counts; what matches nothing and is outside `2000::/3` is not global unicast.
const V6: &[(Ipv6Addr, u32, Reach)] = &[
    (Ipv6Addr::LOCALHOST, 128, Inside),
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, Never), // metadata of AWS
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23), 128, Never),  // identities of AWS's pods
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128, Never),  // metadata of Google Cloud
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Inside),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Never), // protocol assignments, among them Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Never), // documentation
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Never), // documentation
    (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, Public),
];

/// Whether `address` may be dialled; `inside` is the operator's leave for private networks.
pub(super) fn may_dial(address: IpAddr, inside: bool) -> bool {
    match reach(address) {
        Public => true,
        Inside => inside,
        Never => false,
    }
}

/// Where `address` leads.
pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => embedded(address).map_or_else(|| v6(address), v4),
    }
}

fn v4(address: Ipv4Addr) -> Reach {
    let bits = address.to_bits();
    let row = V4.iter().find(|(network, prefix, _)| (bits ^ network.to_bits()) >> (32 - prefix) == 0);
    row.map_or(Public, |(.., reach)| *reach)
}

fn v6(address: Ipv6Addr) -> Reach {
    let bits = address.to_bits();
    let row = V6.iter().find(|(network, prefix, _)| (bits ^ network.to_bits()) >> (128 - prefix) == 0);
    row.map_or(Never, |(.., reach)| *reach)
}

/// The IPv4 address that really is dialled: IPv4-mapped, NAT64 (RFC 6052), 6to4 (RFC 3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let ([0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..]) =
        address.segments()
    else {
        return None;
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First and last address of each network, and where it leads.
    const ROWS: &[(&str, &str, Reach)] = &[
        ("0.0.0.0", "0.255.255.255", Never),
        ("10.0.0.0", "10.255.255.255", Inside),
        ("100.64.0.0", "100.127.255.255", Inside),
        ("100.100.100.200", "100.100.100.200", Never),
        ("127.0.0.0", "127.255.255.255", Inside),
        ("168.63.129.16", "168.63.129.16", Never),
        ("169.254.0.0", "169.254.255.255", Never),
        ("169.254.169.254", "169.254.169.254", Never),
        ("172.16.0.0", "172.31.255.255", Inside),
        ("192.0.0.0", "192.0.0.255", Never),
        ("192.0.2.0", "192.0.2.255", Never),
        ("192.88.99.0", "192.88.99.255", Never),
        ("192.168.0.0", "192.168.255.255", Inside),
        ("198.18.0.0", "198.19.255.255", Never),
        ("198.51.100.0", "198.51.100.255", Never),
        ("203.0.113.0", "203.0.113.255", Never),
        ("224.0.0.0", "255.255.255.255", Never),
        ("::", "::", Never),
        ("::1", "::1", Inside),
        ("::2", "::ffff", Never),
        ("::ffff:127.0.0.0", "::ffff:127.255.255.255", Inside),
        ("::ffff:169.254.169.254", "::ffff:169.254.169.254", Never),
        ("64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255", Inside),
        ("64:ff9b::169.254.169.254", "64:ff9b::169.254.169.254", Never),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", Never),
        ("2002:a00::", "2002:aff:ffff:ffff:ffff:ffff:ffff:ffff", Inside),
        ("2002:a9fe:a9fe::", "2002:a9fe:a9fe:ffff:ffff:ffff:ffff:ffff", Never),
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", Never),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Never),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", Never),
        ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Never),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Inside),
        ("fd00:ec2::254", "fd00:ec2::254", Never),
        ("fd00:ec2::23", "fd00:ec2::23", Never),
        ("fd20:ce::254", "fd20:ce::254", Never),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Never),
        ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Never),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Never),
    ];

    /// Neighbours of the networks above.
    const PUBLIC: &[&str] = &[
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::",
        "2001:200::",
        "2001:db7:ffff::",
        "2001:db9::",
        "2003::",
        "3ffe::1",
        "3fff:1000::",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "2606:4700:4700::1111",
    ];

    fn reach_of(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    #[test]
    fn every_network_that_is_not_global_unicast_is_refused_from_its_first_address_to_its_last() {
        for &(first, last, reach) in ROWS {
            assert_eq!((reach_of(first), reach_of(last)), (reach, reach), "{first} to {last}");
            assert!(!may_dial(first.parse().unwrap(), false), "{first}");
        }
    }

    #[test]
    fn their_neighbours_are_public() {
        for address in PUBLIC {
            assert_eq!(reach_of(address), Public, "{address}");
            assert!(may_dial(address.parse().unwrap(), false), "{address}");
        }
    }

    #[test]
    fn leave_opens_private_networks_and_nothing_else() {
        for &(first, last, reach) in ROWS {
            assert_eq!(may_dial(first.parse().unwrap(), true), reach == Inside, "{first}");
            assert_eq!(may_dial(last.parse().unwrap(), true), reach == Inside, "{last}");
        }
    }
}
