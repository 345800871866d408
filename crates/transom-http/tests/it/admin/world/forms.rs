//! Requests in parts, and the files that they leave.

use super::{Response, World};
use actix_web::{http::Method, test};
use transom_domain::Environment;

impl World {
    /// A request in parts by the administrator. A part whose name ends in a file's name, `file=setup.msi`, is that file.
    pub async fn upload(
        &self,
        method: Method,
        path: &str,
        parts: &[(&str, &[u8])],
        headers: &[(&str, &str)],
    ) -> Response {
        self.send(self.form(method, path, parts, headers)).await
    }

    /// The request of [`World::upload`].
    pub fn form(
        &self,
        method: Method,
        path: &str,
        parts: &[(&str, &[u8])],
        headers: &[(&str, &str)],
    ) -> test::TestRequest {
        // Another one each time, as with real clients.
        let boundary = format!(
            "boundary-{:x}",
            self.clock.seed()[..8].iter().fold(0_u64, |n, b| n << 8 | u64::from(*b))
        );
        let mut body = Vec::new();
        for (name, content) in parts {
            let name = match name.split_once('=') {
                Some((name, file)) => format!("name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: x/y"),
                None => format!("name=\"{name}\""),
            };
            body.extend(format!("--{boundary}\r\nContent-Disposition: form-data; {name}\r\n\r\n").bytes());
            body.extend_from_slice(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        let mut request = test::TestRequest::with_uri(path)
            .method(method)
            .insert_header(("Authorization", format!("Bearer {}", self.admin)))
            .insert_header(("Content-Type", format!("multipart/form-data; boundary={boundary}")))
            .set_payload(body);
        for header in headers {
            request = request.append_header(*header);
        }
        request
    }

    /// The names of all files that are kept, those under way among them.
    pub fn kept(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in std::fs::read_dir(self.files.path()).unwrap() {
            for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
                names.push(file.unwrap().file_name().into_string().unwrap());
            }
        }
        names
    }
}
