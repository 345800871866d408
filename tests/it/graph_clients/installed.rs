//! The clients: which there are, how each gets onto this machine, and the programs of the handbook.

use crate::support::output;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// A client, for which the handbook has a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Python,
    PythonBeta,
    JavaScript,
    Rust,
    Curl,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Python, Self::PythonBeta, Self::JavaScript, Self::Rust, Self::Curl];

    /// What its recipe calls a PC after.
    pub fn says(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::PythonBeta => "Python beta",
            Self::JavaScript => "JavaScript",
            Self::Rust => "Rust",
            Self::Curl => "curl",
        }
    }

    /// What it says that a device is: a class, or the type as it came.
    pub fn type_of_devices(self) -> &'static str {
        match self {
            Self::Python => "ManagedDevice",
            Self::PythonBeta => "WindowsManagedDevice",
            Self::JavaScript | Self::Rust | Self::Curl => "#microsoft.graph.managedDevice",
        }
    }

    /// The recipe, ready to be run; else why it cannot be had.
    pub fn program(self) -> Result<Command, String> {
        match self {
            Self::Python => python("python"),
            Self::PythonBeta => python("python-beta"),
            Self::JavaScript => javascript(),
            Self::Rust => rust(),
            Self::Curl => curl(),
        }
    }
}

/// The page of the handbook that has the recipes.
pub fn handbook() -> String {
    fs::read_to_string(repository().join("docs/GRAPH.md")).unwrap()
}

/// The program under a heading's mark, as it stands in the handbook.
pub fn recipe(name: &str) -> String {
    let page = handbook();
    let mark = format!("<!-- recipe: {name} -->\n```");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("no {mark}"));
    let (_, program) = rest.split_once('\n').unwrap();
    let (program, _) = program.split_once("\n```\n").unwrap();
    format!("{program}\n")
}

/// What is to be installed, as `pip` and `npm` are told it.
pub fn pins() -> Vec<String> {
    let requirements = fs::read_to_string(sources("python").join("requirements.txt")).unwrap();
    let sdks = requirements
        .lines()
        .filter(|line| line.starts_with("msgraph-") && line.contains("-sdk=="));
    let mut pins: Vec<String> = sdks.map(str::to_owned).collect();
    let package = fs::read_to_string(sources("javascript").join("package.json")).unwrap();
    let package: Value = serde_json::from_str(&package).unwrap();
    for (name, version) in package["dependencies"].as_object().unwrap() {
        pins.push(format!("{name}@{}", version.as_str().unwrap()));
    }
    assert_eq!(pins.len(), 3, "{pins:?}");
    pins
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn sources(client: &str) -> PathBuf {
    repository().join("tests/clients/graph").join(client)
}

/// A folder with what `make` put there, for as long as `pins` stay what they are.
fn kept(name: &str, pins: &str, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graph-clients").join(name);
    let mark = folder.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == pins) {
        return Ok(folder);
    }
    // What an attempt that was cut off left, or other versions.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    make(&folder)?;
    fs::write(mark, pins).unwrap();
    Ok(folder)
}

fn python(name: &str) -> Result<Command, String> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let install = || {
        let requirements = sources("python").join("requirements.txt");
        let version = output(Command::new("python3").arg("--version"))?;
        let pins = format!("{version}{}", fs::read_to_string(&requirements).unwrap());
        kept("python", &pins, |folder| {
            output(Command::new("python3").args(["-m", "venv", "venv"]).current_dir(folder))?;
            let mut pip = Command::new(folder.join("venv/bin/pip"));
            // The SDKs are 40,000 files: compiling all of them takes minutes, and few are ever loaded.
            pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-compile"]);
            pip.args(["--timeout", "20", "--retries", "1", "--requirement"]);
            output(pip.arg(&requirements)).map(drop)
        })
    };
    let folder = FOLDER.get_or_init(install).clone()?;
    let file = folder.join(format!("{name}.py"));
    fs::write(&file, recipe(name)).unwrap();
    let mut command = Command::new(folder.join("venv/bin/python"));
    command.arg(file).env_remove("PYTHONDONTWRITEBYTECODE");
    Ok(command)
}

fn javascript() -> Result<Command, String> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let install = || {
        output(Command::new("node").arg("--version"))?;
        let read = |file: &str| fs::read_to_string(sources("javascript").join(file)).unwrap();
        let (package, lock) = (read("package.json"), read("package-lock.json"));
        let folder = kept("javascript", &lock, |folder| {
            fs::write(folder.join("package.json"), &package).unwrap();
            fs::write(folder.join("package-lock.json"), &lock).unwrap();
            let mut npm = Command::new("npm");
            npm.args(["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]);
            npm.args(["--fetch-retries=1", "--fetch-timeout=20000"]);
            output(npm.current_dir(folder)).map(drop)
        })?;
        fs::write(folder.join("devices.mjs"), recipe("javascript")).unwrap();
        Ok(folder)
    };
    let folder = FOLDER.get_or_init(install).clone()?;
    let mut command = Command::new("node");
    command.arg(folder.join("devices.mjs"));
    Ok(command)
}

fn rust() -> Result<Command, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    // A project of its own, because what this client brings (a second crypto stack) must stay out of the product's.
    let install = || {
        let lock = fs::read_to_string(sources("rust").join("Cargo.lock")).unwrap();
        // Cargo itself knows what is still good.
        let folder = kept("rust", "", |_| Ok(()))?;
        fs::create_dir_all(folder.join("src")).unwrap();
        for (file, text) in [
            ("Cargo.toml", recipe("rust-manifest")),
            ("Cargo.lock", lock),
            ("src/main.rs", recipe("rust")),
        ] {
            let path = folder.join(file);
            // Cargo builds anew what is newer than what it built.
            if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                fs::write(path, text).unwrap();
            }
        }
        let cargo = |verb: &str| {
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args([verb, "--quiet", "--locked"]).current_dir(&folder);
            cargo
                .env("CARGO_TARGET_DIR", folder.join("target"))
                .env("CARGO_PROFILE_DEV_DEBUG", "false")
                .env("CARGO_INCREMENTAL", "0")
                .env("CARGO_NET_RETRY", "1")
                .env("CARGO_HTTP_TIMEOUT", "20");
            cargo
        };
        if let Err(reason) = output(&mut cargo("fetch")) {
            assert!(!reason.contains("--locked"), "Cargo.lock is not the recipe's: {reason}");
            return Err(reason);
        }
        // From here on nothing is missing: what does not compile is a fault of the recipe, and the compiler tells it.
        assert!(
            cargo("build").status().unwrap().success(),
            "the recipe does not compile"
        );
        Ok(folder.join("target/debug/devices"))
    };
    Ok(Command::new(PROGRAM.get_or_init(install).clone()?))
}

fn curl() -> Result<Command, String> {
    for tool in ["bash", "curl", "jq"] {
        output(Command::new(tool).arg("--version"))?;
    }
    let mut command = Command::new("bash");
    command.args(["-c", &recipe("curl"), "devices.sh"]);
    Ok(command)
}
