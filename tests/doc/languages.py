# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What is done with a listing of each language."""

import configparser
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

from listings import ListingError

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
WRAPPERS = HERE / "wrappers"
GST_LIBRARY = pathlib.Path("gstreamer/gst/bufpool")
SECONDS = 60
PYTHON = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else "python3"

WARNINGS = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"]
CXX_STANDARDS = ("c++11", "c++17")
CXX_WARNINGS = ["-O1", "-Wall", "-Wextra", "-Werror"]
# What a fragment makes, the text around it uses
FRAGMENT_WARNINGS = ["-Wno-unused-variable", "-Wno-unused-function", "-Wno-unused-but-set-variable"]
SUFFIXES = {"c": ".c", "python": ".py", "javascript": ".js", "vala": ".vala"}

# Arguments of shell listings that are files of the source tree, or made of such
OWN_PATHS = re.compile(r"^(build-aux|docs|tests|examples|bindings|bufpool)/")
MESON_OPTION = re.compile(r"^-D(?P<name>[\w:.-]+)=")
MESON_OWN_OPTIONS = re.compile(r"^(b_|c_|cpp_)|^(prefix|buildtype|default_library|warning_level|werror)$")


class Skipped(Exception):
    """Why a listing could not be tested on this machine."""


class Tester:
    """Knows the build folder, where the library is."""

    def __init__(self, build, cc):
        self.build = build
        self.cc = shlex.split(cc)
        self.flags = {}
        self.environment = dict(
            os.environ,
            G_DEBUG="fatal-criticals",
            LC_ALL="C.UTF-8",
            LD_LIBRARY_PATH=self.prepend("LD_LIBRARY_PATH", build / "bufpool", build / GST_LIBRARY),
            GI_TYPELIB_PATH=self.prepend("GI_TYPELIB_PATH", build / "bufpool", build / GST_LIBRARY),
            GST_PLUGIN_PATH=self.prepend("GST_PLUGIN_PATH", build / "gstreamer" / "plugin"),
            PYTHONPATH=self.prepend("PYTHONPATH", SOURCE / "bindings" / "python",
                                    build / "bindings" / "python", SOURCE / "gstreamer" / "python"),
            GJS_PATH=self.prepend("GJS_PATH", SOURCE / "bindings" / "javascript"),
        )

    @staticmethod
    def prepend(variable, *folders):
        return os.pathsep.join(filter(None, (*map(str, folders), os.environ.get(variable))))

    def run(self, command, case, **options):
        """Runs a command to its end; ListingError if it fails."""
        text = " ".join(map(str, command))
        environment = self.environment | case.environment
        if "cwd" in options:
            # Listings run side by side: each has a registry of GStreamer's of its own
            environment["GST_REGISTRY"] = str(options["cwd"] / "registry.bin")
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True,
                                  timeout=SECONDS, check=False, stdin=subprocess.DEVNULL, **options)
        except subprocess.TimeoutExpired:
            raise ListingError(f"{case.name}: did not end after {SECONDS} s: {text}") from None
        if done.returncode != 0:
            raise ListingError(f"{case.name}: exit status {done.returncode}: {text}\n{done.stdout}{done.stderr}")
        return done.stderr if case.output_kind == "log" else done.stdout

    def need(self, program):
        found = shutil.which(program)
        if found is None:
            raise Skipped(f"{program} is not installed")
        return found

    def check(self, case, scratch):
        if case.is_folder:
            self.check_folder(case, scratch)
            return
        checks = {
            "c": self.check_c,
            "cpp": self.check_cpp,
            "python": self.check_python,
            "javascript": self.check_javascript,
            "vala": self.check_vala,
            "sh": self.check_sh,
            "json": self.check_json,
            "ini": self.check_ini,
        }
        if case.language not in checks:
            raise ListingError(f"{case.name}: a listing must say what it is: "
                               f"{', '.join(sorted(checks))}, or text for what is none of these")
        printed = checks[case.language](case, scratch)
        if case.output is not None and not case.is_output(printed):
            raise ListingError(f"{case.name}: the page says that it prints\n{case.output}but it prints\n{printed}")

    @staticmethod
    def wrap(case, mark):
        """The whole program, and the name of its wrapper or None. `mark` makes
        the line that tells the compiler where the listing stands."""
        text = "".join(mark(listing) + listing.text for listing in case.listings)
        name = case.listings[0].options.get("wrap")
        if name is None:
            return text, None
        wrapper = WRAPPERS / (name + SUFFIXES[case.language])
        if not wrapper.exists():
            raise ListingError(f"{case.name}: there is no wrapper {wrapper.name}")
        before, found, after = wrapper.read_text(encoding="utf-8").partition("@LISTING@\n")
        if not found:
            raise ListingError(f"{wrapper.name} has no line @LISTING@")
        if case.language == "c":
            text += f'#line {before.count(chr(10)) + 2} "{wrapper.name}"\n'
        return before + text + after, name

    def get_flags(self, case):
        """As a program gets them that uses the library without installing it."""
        package = case.listings[0].options.get("pkg")
        packages = ["bufpool-1.0", package] if package else ["bufpool-1.0"]
        if package not in self.flags:
            environment = dict(self.environment, PKG_CONFIG_PATH=str(self.build / "meson-uninstalled"))
            done = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], env=environment,
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0 and package:
                raise Skipped(f"{package} is not installed")
            if done.returncode != 0:
                raise ListingError(f"{case.name}: {done.stderr}")
            self.flags[package] = shlex.split(done.stdout)
        return self.flags[package]

    def check_c(self, case, scratch):
        text, wrapper = self.wrap(case, lambda listing: f'#line {listing.line + 1} "{listing.path.name}"\n')
        source = scratch / "listing.c"
        source.write_text(text, encoding="utf-8")
        command = [*self.cc, *WARNINGS, *(FRAGMENT_WARNINGS if wrapper else []), str(source)]
        if not re.search(r"^main \(", text, re.MULTILINE):
            if wrapper is None:
                raise ListingError(f"{case.name}: a fragment needs a wrapper, and a program main ()")
            self.run([*command, "-c", "-o", scratch / "listing.o", *self.get_flags(case)], case)
            return ""
        program = scratch / "listing"
        # Its functions have names in a backtrace
        self.run([*command, "-g", "-rdynamic", "-o", program, *self.get_flags(case), "-lm"], case)
        return self.run([program], case, cwd=scratch)

    def check_cpp(self, case, scratch):
        compiler = self.need("c++")
        text, _ = self.wrap(case, lambda listing: f'#line {listing.line + 1} "{listing.path.name}"\n')
        source = scratch / "listing.cpp"
        source.write_text(text, encoding="utf-8")
        for standard in CXX_STANDARDS:
            self.run([compiler, f"-std={standard}", *CXX_WARNINGS, "-o", scratch / "listing", source,
                      *self.get_flags(case)], case)
        return self.run([scratch / "listing"], case, cwd=scratch)

    def need_override(self, folder):
        """The programs shown here use what the overrides add."""
        if not (SOURCE / "bindings" / folder).exists():
            raise Skipped("there is no override")
        if not (self.build / "bufpool" / "Bufpool-1.0.typelib").exists():
            raise Skipped("built without introspection")

    def check_python(self, case, scratch):
        self.need_override("python")
        text, _ = self.wrap(case, lambda listing: "")
        for module in ["gi", *re.findall(r"^(?:import|from) (numpy|PIL|cv2)\b", text, re.MULTILINE)]:
            if subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, check=False).returncode != 0:
                raise Skipped(f"Python has no module {module}")
        for namespace in re.findall(r'require_version\("(Gst\w*)"', text):
            self.need_typelib(namespace)
        if 'require_version("Gst",' in text:
            self.need_gstreamer()
        source = scratch / "listing.py"
        source.write_text(text, encoding="utf-8")
        return self.run([PYTHON, source], case, cwd=scratch)

    def need_typelib(self, namespace):
        """A listing with GStreamer runs where this is."""
        if subprocess.run([PYTHON, "-c", f"import gi; gi.require_version('{namespace}', '1.0')"], env=self.environment,
                          capture_output=True, check=False).returncode != 0:
            raise Skipped(f"there is no typelib of {namespace}")

    def need_gstreamer(self):
        """What listings in Python need of it: the bindings, and the elements that they name."""
        script = ("import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None); "
                  "import gi.overrides.Gst; "
                  "assert all(map(Gst.ElementFactory.find, ('appsrc', 'appsink', 'videotestsrc')))")
        if subprocess.run([PYTHON, "-c", script], capture_output=True, check=False).returncode != 0:
            raise Skipped("GStreamer's bindings for Python or its plugins are not installed")

    def check_javascript(self, case, scratch):
        gjs = self.need("gjs")
        self.need_override("javascript")
        text, _ = self.wrap(case, lambda listing: "")
        source = scratch / "listing.js"
        source.write_text(text, encoding="utf-8")
        return self.run([gjs, "-m", source], case, cwd=scratch)

    def check_vala(self, case, scratch):
        valac = self.need("valac")
        if not (SOURCE / "bindings" / "vala").exists():
            raise Skipped("there are no extras for Vala")
        if not (self.build / "bufpool" / "bufpool-1.0.vapi").exists():
            raise Skipped("built without a VAPI")
        text, _ = self.wrap(case, lambda listing: "")
        source = scratch / "listing.vala"
        source.write_text(text, encoding="utf-8")
        program = scratch / "listing"
        passed = [word for flag in self.get_flags(case) if not flag.startswith("-l") for word in ("-X", flag)]
        self.run([valac, "--fatal-warnings", "--vapidir", self.build / "bufpool", "--pkg", "gio-2.0", "--pkg", "bufpool-1.0",
                  *passed, "-X", "-lbufpool-1.0", "-X", "-w", "-o", program, source], case, cwd=scratch)
        return self.run([program], case, cwd=scratch)

    def check_sh(self, case, scratch):
        """The commands of a page are not run, but what they name must exist."""
        text, _ = self.wrap(case, lambda listing: "")
        source = scratch / "listing.sh"
        source.write_text(text, encoding="utf-8")
        self.run(["sh", "-n", source], case)
        options = (SOURCE / "meson_options.txt").read_text(encoding="utf-8")
        for word in shlex.split(text.replace("\\\n", " "), comments=True):
            option = MESON_OPTION.match(word)
            if OWN_PATHS.match(word) and not (SOURCE / word).exists() and not any(SOURCE.glob(word + ".*")):
                raise ListingError(f"{case.name}: there is no {word}")
            if option and not MESON_OWN_OPTIONS.match(option["name"]) and f"'{option['name']}'" not in options:
                raise ListingError(f"{case.name}: there is no option {option['name']}")
        return ""

    @staticmethod
    def check_json(case, scratch):
        try:
            json.loads("".join(listing.text for listing in case.listings))
        except ValueError as error:
            raise ListingError(f"{case.name}: {error}") from None

    @staticmethod
    def check_ini(case, scratch):
        try:
            configparser.ConfigParser().read_string("".join(listing.text for listing in case.listings))
        except configparser.Error as error:
            raise ListingError(f"{case.name}: {error}") from None

    def check_folder(self, case, scratch):
        """A meson project that has bufpool as a subproject, and a program."""
        meson = self.need("meson")
        for listing in case.listings:
            path = scratch / listing.options["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8") as file:
                file.write(listing.text)
        (scratch / "subprojects").mkdir(exist_ok=True)
        (scratch / "subprojects" / "bufpool").symlink_to(SOURCE)
        self.run([meson, "setup", "--wrap-mode=nodownload", "--force-fallback-for=bufpool-1.0",
                  scratch / "build", scratch], case)
        self.run(["ninja", "-C", scratch / "build", "-j2"], case)
        return self.run([scratch / "build" / "program"], case)
