//! Arguments in, exit code out.

use std::process::ExitCode;

use henvend::cli::{self, Next};
use henvend::daemon;

fn main() -> ExitCode {
    let ended = match cli::run(std::env::args_os()) {
        Next::End(code) => return code,
        Next::Serve(config, path) => daemon::serve(*config, &path),
        Next::Demo(demo) => daemon::demo(demo.once, demo.data),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("henvend: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
