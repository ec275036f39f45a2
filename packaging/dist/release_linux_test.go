package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// Limits of the sizes, in bytes: what a person downloads, and what has to be read at
// each start.
const (
	commandMost   = 5 << 20
	appMost       = 18 << 20
	installedMost = 24 << 20
)

// released is what `make dist` has made of this tree, once for all tests.
var released = sync.OnceValues(func() (string, error) {
	made = true
	dir, err := os.MkdirTemp("", "dist")
	if err != nil {
		return "", err
	}
	return dir, dist(filepath.Join("..", ".."), filepath.Join(dir, "dist"), "ARCH=amd64") // arm64's goes the same way
})

// dist runs `make dist` in a tree.
func dist(root, out string, more ...string) error {
	command := exec.Command("make", append([]string{"dist", "VERSION=v1.2.3", "DIST=" + out}, more...)...)
	command.Dir = root
	command.Env = append(command.Environ(), "SOURCE_DATE_EPOCH=1700000000")
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, text)
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if made {
		dir, _ := released()
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// made says that a test has had it made.
var made bool

func results(t *testing.T) string {
	t.Helper()
	testenv.Time(t)
	testenv.Program(t, "make", "make")
	dir, err := released()
	check(t, err)
	return filepath.Join(dir, "dist")
}

// one is the only file of a result that a pattern matches.
func one(t *testing.T, pattern string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(results(t), pattern))
	if err != nil || len(all) != 1 {
		t.Fatalf("%s are %v, %v", pattern, all, err)
	}
	return all[0]
}

// run runs a program, and returns what it printed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var said strings.Builder
	command := exec.CommandContext(t.Context(), name, args...)
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said.String())
	}
	return string(out)
}

// TestReproducible makes all once more, of a copy in another folder, with another home and
// another clock's zone: not a byte may differ. The source is git's to pack, and the other
// architecture of Linux goes the same way.
func TestReproducible(t *testing.T) {
	t.Parallel()
	results(t) // or why there are none
	copied, out := filepath.Join(t.TempDir(), "elsewhere"), filepath.Join(t.TempDir(), "dist")
	copyTree(t, "../..", copied)
	kinds := slices.DeleteFunc(kindNames(), func(kind string) bool { return kind == "source" || kind == "manifests" })
	check(t, dist(copied, out, "ONLY="+strings.Join(kinds, ","), "ARCH=amd64", "TZ=Asia/Kathmandu", "LC_ALL=C")) // which make has in the environment
	files, err := filesOf(out)
	check(t, err)
	if len(files) < 9 {
		t.Errorf("only %d files were made", len(files))
	}
	for _, f := range files {
		if f.to == sumsName {
			continue
		}
		again, err := sumOf(f.from)
		check(t, err)
		if once, err := sumOf(filepath.Join(results(t), f.to)); err != nil || once != again {
			t.Errorf("%s differs: %v", f.to, err)
		}
	}
}

// copyTree copies the files that git has, or would have.
func copyTree(t *testing.T, root, to string) {
	t.Helper()
	testenv.Program(t, "git", "git")
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	check(t, err)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not committed yet
		}
		check(t, err)
		text, err := os.ReadFile(filepath.Join(root, name))
		check(t, err)
		check(t, os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o755))
		check(t, os.WriteFile(filepath.Join(to, name), text, 0o600|info.Mode()&0o100))
	}
}

// TestSums has the system's own tool check what was released.
func TestSums(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "--quiet", sumsName)
	command.Dir = results(t)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	sums, err := os.ReadFile(filepath.Join(results(t), sumsName))
	check(t, err)
	files, err := filesOf(results(t))
	check(t, err)
	if n := strings.Count(string(sums), "\n"); n != len(files)-1 {
		t.Errorf("%d checksums of %d files", n, len(files)-1)
	}
}

// TestLintian: Debian's own checker has nothing to say.
func TestLintian(t *testing.T) {
	t.Parallel()
	tool := testenv.Program(t, "lintian", "lintian")
	deb := one(t, "*_amd64.deb")
	out, err := exec.CommandContext(t.Context(), tool, "--allow-root", "--tag-display-limit", "0", deb).CombinedOutput()
	if said := strings.TrimSpace(string(out)); err != nil || said != "" {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestSameEverywhere: each package installs the files of the one list.
func TestSameEverywhere(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("../testdata/linux.txt")
	check(t, err)
	var want []string
	for line := range strings.Lines(string(golden)) {
		mode, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(path, "/usr/share/man/") {
			path += ".gz"
		}
		want = append(want, mode+" "+path)
	}
	slices.Sort(want)
	t.Run("deb", func(t *testing.T) {
		testenv.Program(t, "dpkg-deb", "dpkg")
		var debian []string
		for _, line := range append(slices.Clone(want), "-rw-r--r-- /usr/share/doc/vaultbar/changelog.gz", "-rw-r--r-- /usr/share/lintian/overrides/vaultbar") {
			debian = append(debian, strings.Replace(line, "/doc/vaultbar/LICENSE", "/doc/vaultbar/copyright", 1))
		}
		slices.Sort(debian)
		var got []string
		for line := range strings.Lines(run(t, "dpkg-deb", "-c", one(t, "*_amd64.deb"))) {
			if f := strings.Fields(line); f[0][0] != 'd' {
				if f[1] != "root/root" {
					t.Errorf("a file is %s's", f[1])
				}
				got = append(got, f[0]+" "+strings.TrimPrefix(f[5], "."))
			}
		}
		same(t, got, debian)
	})
	t.Run("rpm", func(t *testing.T) {
		testenv.Program(t, "rpm", "rpm")
		var got []string
		for line := range strings.Lines(run(t, "rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]", one(t, "*.x86_64.rpm"))) {
			f := strings.Fields(line)
			if f[1] != "root" {
				t.Errorf("%s is %s's", f[2], f[1])
			}
			if f[0][0] != 'd' {
				got = append(got, f[0]+" "+f[2])
			}
		}
		same(t, got, want)
	})
	for _, pattern := range []string{"*_x86_64.apk", "*-x86_64.pkg.tar.zst"} {
		t.Run(pattern, func(t *testing.T) {
			var got []string
			args := []string{"-tvf", one(t, pattern)}
			if strings.HasSuffix(pattern, ".apk") { // signature, control and data are three archives in a row
				args = append([]string{"--ignore-zeros", "--warning=no-unknown-keyword"}, args...)
			} else {
				testenv.Program(t, "zstd", "zstd")
			}
			for line := range strings.Lines(run(t, "tar", args...)) {
				f := strings.Fields(line)
				if path := "/" + f[len(f)-1]; f[0][0] == '-' && strings.HasPrefix(path, "/usr/") {
					got = append(got, f[0]+" "+path)
				}
			}
			same(t, got, want)
		})
	}
}

// TestAPK reads the package of Alpine as apk does: after the archive that says what it is
// comes that of its files, whose checksum the first has. It runs what it unpacks.
func TestAPK(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(one(t, "*_x86_64.apk"))
	check(t, err)
	rest := bytes.NewReader(text)
	control, _ := unpacked(t, rest)
	data := text[len(text)-rest.Len():]
	info := map[string]string{}
	for line := range strings.Lines(control[".PKGINFO"]) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		if !ok {
			t.Errorf(".PKGINFO has a line without a value: %q", line)
		}
		info[key] = value
	}
	files, size := unpacked(t, rest)
	for key, want := range map[string]string{
		"pkgname": "vaultbar", "pkgver": "1.2.3", "arch": "x86_64", "pkgdesc": summary, "url": homepage, "license": "MIT",
		"maintainer": maintainer, "datahash": sum(data), "size": strconv.Itoa(size),
	} {
		if info[key] != want {
			t.Errorf("%s is %q, wanted %q", key, info[key], want)
		}
	}
	script := filepath.Join(t.TempDir(), "post-deinstall")
	check(t, os.WriteFile(script, []byte(control[".post-deinstall"]), 0o700))
	if said := run(t, "sh", script); !strings.Contains(said, "left as they are") {
		t.Errorf("its script says %s", said)
	}
	program := filepath.Join(t.TempDir(), "vaultbar")
	check(t, os.WriteFile(program, []byte(files["usr/bin/vaultbar"]), 0o700))
	if said := run(t, program, "version"); !strings.HasPrefix(said, "vaultbar v1.2.3 ") {
		t.Errorf("unpacked is %s", said)
	}
}

// unpacked are the files of the first of some archives that are one after the other, and
// how many bytes they have.
func unpacked(t *testing.T, from *bytes.Reader) (files map[string]string, size int) {
	t.Helper()
	zipped, err := gzip.NewReader(from)
	check(t, err)
	zipped.Multistream(false)
	files = map[string]string{}
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		check(t, err)
		text, err := io.ReadAll(archive)
		check(t, err)
		files[header.Name], size = string(text), size+len(text)
	}
	_, err = io.Copy(io.Discard, zipped)
	check(t, err)
	return files, size
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	slices.Sort(got)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("it lacks %s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("it has %s", line)
		}
	}
}

// TestSizes prints the sizes and bounds them.
func TestSizes(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "dpkg-deb", "dpkg")
	root := t.TempDir()
	run(t, "dpkg-deb", "-x", one(t, "*_amd64.deb"), root)
	files, err := filesOf(root)
	check(t, err)
	sizes := map[string]int64{}
	for _, f := range files {
		info, err := os.Stat(f.from)
		check(t, err)
		sizes["installed"] += info.Size()
		sizes[f.to] = info.Size()
	}
	for _, limit := range []struct {
		what string
		most int64
	}{{"usr/bin/vaultbar", commandMost}, {"usr/bin/vaultbar-app", appMost}, {"installed", installedMost}} {
		t.Logf("%s: %.1f MiB of %d", limit.what, float64(sizes[limit.what])/(1<<20), limit.most>>20)
		if size := sizes[limit.what]; size == 0 || size > limit.most {
			t.Errorf("%s has %d bytes; the limit is %d", limit.what, size, limit.most)
		}
	}
}

// TestBillOfMaterials: it lists what Go says is linked, and the program that it is of.
func TestBillOfMaterials(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "dpkg-deb", "dpkg")
	root := t.TempDir()
	run(t, "dpkg-deb", "-x", one(t, "*_amd64.deb"), root)
	text, err := os.ReadFile(one(t, "*-linux-amd64.cdx.json"))
	check(t, err)
	var list bom
	check(t, json.Unmarshal(text, &list))
	refs := map[string]string{} // to the hash
	for _, c := range list.Components {
		refs[c.Ref] = ""
		if len(c.Hashes) > 0 {
			refs[c.Ref] = c.Hashes[0].Content
		}
	}
	linked := 0
	for _, name := range []string{"vaultbar", "vaultbar-app"} {
		path := filepath.Join(root, "usr/bin", name)
		hash, err := sumOf(path)
		check(t, err)
		if refs[name] != hash {
			t.Errorf("%s is another program", name)
		}
		info, err := buildinfo.ReadFile(path)
		check(t, err)
		for _, dep := range info.Deps {
			linked++
			if _, ok := refs[module(dep.Path, dep.Version).Ref]; !ok {
				t.Errorf("it lacks %s %s", dep.Path, dep.Version)
			}
		}
	}
	if linked < 20 {
		t.Errorf("only %d modules are linked", linked)
	}
}

// TestTarball installs from a tarball on a machine without Go, and takes it out again.
func TestTarball(t *testing.T) {
	t.Parallel()
	tarball := one(t, "*-linux-amd64.tar.gz")
	dir := t.TempDir()
	run(t, "tar", "-xf", tarball, "-C", dir)
	prefix := filepath.Join(dir, "local")
	script := filepath.Join(dir, "vaultbar-1.2.3-linux-amd64", "install.sh")
	install := func(args ...string) string {
		command := exec.CommandContext(t.Context(), script, args...)
		command.Dir = t.TempDir()
		command.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "PREFIX=" + prefix, "GO=no-such-program"}
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	if said := install(); !strings.Contains(said, "Installed in "+prefix) {
		t.Errorf("it says %s", said)
	}
	if said := run(t, filepath.Join(prefix, "bin/vaultbar"), "version"); !strings.HasPrefix(said, "vaultbar v1.2.3 ") {
		t.Errorf("installed is %s", said)
	}
	if said := run(t, filepath.Join(prefix, "bin/vaultbar-app"), "--version"); said != "vaultbar-app v1.2.3\n" {
		t.Errorf("the app that is installed is %s", said)
	}
	install("uninstall")
	if left, err := filesOf(prefix); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// TestMSI reads back what Windows Installer would do.
func TestMSI(t *testing.T) {
	t.Parallel()
	tool := testenv.Program(t, "msiinfo", "msitools")
	testenv.Program(t, "wixl", "wixl")
	msi := one(t, "*.msi")
	for table, wants := range map[string][]string{
		"File":        {"vaultbar.exe", "vaultbar-app.exe", "LICENSE.txt"},
		"Registry":    {`Software\Classes\vaultbar\shell\open\command`, `"[INSTALLDIR]vaultbar-app.exe" open "%1"`},
		"Environment": {"=-PATH\t[~];[INSTALLDIR]"},
		"Property":    {"{" + guid("upgrade") + "}", "ProductVersion\t1.2.3"},
		"Shortcut":    {"[INSTALLDIR]vaultbar-app.exe"},
	} {
		text := run(t, tool, "export", msi, table)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("table %s lacks %q:\n%s", table, want, text)
			}
		}
	}
}

// TestManifests: each names a file that was released, by its checksum.
func TestManifests(t *testing.T) {
	t.Parallel()
	sums, err := os.ReadFile(filepath.Join(results(t), sumsName))
	check(t, err)
	for name, of := range map[string]string{
		"homebrew/Formula/vaultbar.rb": "-source.tar.gz", "aur/PKGBUILD": "-source.tar.gz",
		"scoop/vaultbar.json": "-windows-amd64.zip", "winget/Vaultbar.Vaultbar.installer.yaml": "-windows-amd64.zip",
	} {
		text, err := os.ReadFile(filepath.Join(results(t), "manifests", name))
		check(t, err)
		found := false
		for line := range strings.Lines(string(sums)) {
			sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
			if strings.HasSuffix(file, of) {
				found = strings.Contains(strings.ToLower(string(text)), sum) && strings.Contains(string(text), "/releases/download/v1.2.3/"+file)
			}
		}
		if !found {
			t.Errorf("%s does not name the file that was released:\n%s", name, text)
		}
	}
}
