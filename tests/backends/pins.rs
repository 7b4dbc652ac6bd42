//! What the tests install is what the samples ask for.

#[test]
fn the_locked_package_is_that_of_the_express_sample() {
    assert_eq!(include_str!("package.json"), include_str!("../../config/backends/express/package.json"));
}

#[test]
fn every_version_that_the_fastapi_sample_asks_for_is_locked() {
    let locked = include_str!("requirements.txt");
    for asked in include_str!("../../config/backends/fastapi/requirements.txt").lines() {
        let (name, version) = asked.split_once("==").unwrap();
        // Extras stand in brackets; they are locked as packages of their own.
        let name = name.split('[').next().unwrap();
        let is_locked = |line: &str| line.strip_prefix(name) == Some(&format!("=={version} \\"));
        assert!(locked.lines().any(is_locked), "{asked}");
    }
}
