//! A real browser, driven through its debugging pipe.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long the browser may take for one thing on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every page is held to. It gives back everything that is wrong with the one that is shown.
const RULES: &str = include_str!("rules.js");

/// A headless Chromium with one page.
pub(super) struct Browser {
    child: Child,
    to: File,
    from: Receiver<Value>,
    last: u64,
    session: Option<String>,
    /// Messages of the browser that nobody asked for.
    events: Vec<Value>,
}

impl Browser {
    /// Starts it; its profile and its pipe lie in `folder`.
    pub(super) fn start(folder: &Path) -> Self {
        let (to, from) = (folder.join("to-browser"), folder.join("from-browser"));
        assert!(Command::new("mkfifo").args([&to, &from]).status().unwrap().success());
        // Opened for both directions neither waits for the other side.
        let open = |path: &Path| OpenOptions::new().read(true).write(true).open(path).unwrap();
        let (to_browser, from_browser) = (open(&to), open(&from));
        let flags = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars \
                     --disable-background-networking --disable-component-update --remote-debugging-pipe";
        let child = Command::new("sh")
            .arg("-c")
            .arg(format!("exec chromium {flags} --user-data-dir=\"$0/profile\" about:blank 3<\"$0/to-browser\" 4>\"$0/from-browser\""))
            .arg(folder)
            .env("HOME", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(from_browser).split(0) {
                let Ok(message) = message else { return };
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut browser =
            Self { child, to: to_browser, from: receiver, last: 0, session: None, events: Vec::new() };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached =
            browser.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Asks the browser for something, and waits for its answer.
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).unwrap();
        loop {
            let answer = self.from.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer to {method}"));
            if answer["id"] == self.last {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    /// Shows a page on a screen of this size, and gives everything that is wrong with it: errors of the browser, and rules that
    /// are broken.
    pub(super) fn look(&mut self, url: &str, (width, height): (u32, u32), dark: bool) -> Vec<String> {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        self.events.clear();
        self.call("Page.navigate", json!({ "url": url }));
        self.wait_until_loaded(url);
        let broken = self.evaluate(RULES);
        let mut wrong: Vec<String> =
            broken.as_array().unwrap().iter().map(|rule| rule.as_str().unwrap().to_owned()).collect();
        let is_error = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown" | "Log.entryAdded") => true,
            Some("Runtime.consoleAPICalled") => event["params"]["type"] == "error",
            _ => false,
        };
        wrong.extend(self.events.iter().filter(is_error).map(|event| event["params"].to_string()));
        wrong
    }

    /// Waits for the page to which an expression leads.
    pub(super) fn go(&mut self, script: &str) {
        self.events.clear();
        self.evaluate(script);
        self.wait_until_loaded(script);
    }

    fn wait_until_loaded(&mut self, what: &str) {
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.from.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("not loaded: {what}"));
            self.events.push(event);
        }
    }

    /// The value of an expression on the page.
    pub(super) fn evaluate(&mut self, script: &str) -> Value {
        let asked = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{answer}");
        answer["result"]["value"].clone()
    }

    /// A picture of the whole page as a PNG in base64.
    pub(super) fn picture(&mut self) -> String {
        let asked = json!({ "captureBeyondViewport": true, "format": "png" });
        self.call("Page.captureScreenshot", asked)["data"].as_str().unwrap().to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
