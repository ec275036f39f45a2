package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// packed is text as gzip has it, without a name or a time.
func packed(w io.Writer) *gzip.Writer {
	out, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is one
	}
	return out
}

// writeTar writes files into a tarball, below a folder in it.
func writeTar(to, folder string, date time.Time, files []file) error {
	return create(to, func(w io.Writer) error {
		compressed := packed(w)
		archive := tar.NewWriter(compressed)
		for _, f := range files {
			text, err := os.ReadFile(f.from)
			if err != nil {
				return err
			}
			header := &tar.Header{Name: path.Join(folder, f.to), Mode: int64(f.mode), Size: int64(len(text)), ModTime: date, Format: tar.FormatUSTAR}
			if err := archive.WriteHeader(header); err != nil {
				return err
			}
			if _, err := archive.Write(text); err != nil {
				return err
			}
		}
		return errors.Join(archive.Close(), compressed.Close())
	})
}

// writeZip writes files into a zip, below a folder in it.
func writeZip(to, folder string, date time.Time, files []file) error {
	return create(to, func(w io.Writer) error {
		archive := zip.NewWriter(w)
		for _, f := range files {
			text, err := os.ReadFile(f.from)
			if err != nil {
				return err
			}
			header := &zip.FileHeader{Name: path.Join(folder, f.to), Method: zip.Deflate, Modified: date}
			header.SetMode(f.mode)
			entry, err := archive.CreateHeader(header)
			if err != nil {
				return err
			}
			if _, err := entry.Write(text); err != nil {
				return err
			}
		}
		return archive.Close()
	})
}

// create makes a file of what is written.
func create(to string, write func(io.Writer) error) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// source packs the commit, for those who build from it. A tree that git does not know is
// one that was unpacked from there.
func (r *release) source() error {
	if !exists(filepath.Join(r.root, ".git")) {
		skip("source", "this is no work tree of git")
		return nil
	}
	name := r.sourceName()
	plain := filepath.Join(r.work, "source.tar")
	if err := r.run(nil, "git", "archive", "--format=tar", "--prefix=vaultbar-"+r.number+"/", "-o", plain, "HEAD"); err != nil {
		return err
	}
	defer r.made(name)
	return create(filepath.Join(r.out, name), func(w io.Writer) error { return pack(w, plain) })
}

func (r *release) sourceName() string { return "vaultbar-" + r.number + "-source.tar.gz" }

// pack writes a file, packed.
func pack(w io.Writer, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out := packed(w)
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// tarballs makes one for each Linux: the programs, install.sh, and what that reads.
func (r *release) tarballs() error {
	for _, s := range r.linux() {
		bin, err := r.built(s)
		if err != nil {
			return err
		}
		made, err := r.rest()
		if err != nil {
			return err
		}
		files, err := r.installable(bin, made)
		if err != nil {
			return err
		}
		folder := "vaultbar-" + r.number + "-" + s.String()
		if err := writeTar(filepath.Join(r.out, folder+".tar.gz"), folder, r.date, files); err != nil {
			return err
		}
		r.made(folder + ".tar.gz")
	}
	return nil
}

// modeOf is the mode of a file in an archive: what its owner may run all may, whatever
// mask it was written under.
func modeOf(mode os.FileMode) os.FileMode {
	if mode&0o100 != 0 {
		return 0o755
	}
	return 0o644
}

// installable is what install.sh installs from, where it was not built.
func (r *release) installable(bin, made string) (all []file, err error) {
	for _, part := range []struct{ from, to string }{
		{bin, "bin"}, {made, "made"},
		{"packaging/docs", "packaging/docs"}, {"packaging/shell", "packaging/shell"},
		{"packaging/docker", "packaging/docker"}, {"packaging/linux", "packaging/linux"},
	} {
		from := part.from
		if !filepath.IsAbs(from) {
			from = filepath.Join(r.root, from)
		}
		files, err := filesOf(from)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if ext := path.Ext(f.to); ext != ".go" && ext != ".png" || part.to == "made" {
				all = append(all, file{f.from, path.Join(part.to, f.to), modeOf(f.mode)})
			}
		}
	}
	for _, name := range []string{"packaging/install.sh", "CHANGELOG.md", "LICENSE", "README.md"} {
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755 // it is run by its name there, and by sh in a work tree
		}
		all = append(all, file{filepath.Join(r.root, name), path.Base(name), mode})
	}
	return all, nil
}
