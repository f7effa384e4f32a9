package cmd

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/tarball"
)

type scriptRegistry struct{ *registrytest.Server }

// registryCommand is
//
//	registry SOURCE...        start one, or add to the running one
//	registry tls CAFILE SOURCE...
//	registry hostile NAME@VERSION FILE.tgz   published with that tarball's own digests
//	registry fault NAME STATUS|corrupt|truncate|drop|slow|body=TEXT [docs|tarballs] [times=N] [version=V]
//	registry heal | stop | reset
//	registry sign                            what is added from now on; it tells its key
//	registry advise FILE                     answer for the advisories in it
//	registry token TOKEN
//	registry tag NAME TAG VERSION
//	registry unpublish NAME VERSION
//	registry count PATHPREFIX N              requests since the start or reset
//	registry sent PATHPREFIX HEADER VALUE    every such request had the header
//
// A source is a folder of packages or a file with one package a line, see
// [registrytest.LineFiles]. The address goes into $REGISTRY and
// $npm_config_registry.
func registryCommand(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: registry SOURCE... | fault … | …")
	}
	r := w.registry
	if r == nil {
		startRegistry(ts, w, args)
		return
	}
	switch args[0] {
	case "fault":
		fault, err := registrytest.ParseFault(args[2:])
		ts.Check(err)
		r.Inject(args[1], fault)
	case "hostile":
		r.hostile(ts, args[1], args[2])
	case "heal":
		r.Heal()
	case "stop":
		r.Close()
	case "reset":
		r.Reset()
	case "sign":
		r.Sign()
	case "advise":
		r.Advise(ts.ReadFile(args[1]))
	case "token":
		r.RequireToken(args[1])
	case "tag":
		r.Tag(args[1], args[2], args[3])
	case "unpublish":
		r.Unpublish(args[1], args[2])
	case "count":
		if got := strconv.Itoa(r.Count(args[1])); got != args[2] {
			ts.Fatalf("%s requests for %s, want %s", got, args[1], args[2])
		}
	case "sent":
		r.sent(ts, args[1], args[2], args[3])
	default:
		for _, source := range args {
			r.addSource(ts, source)
		}
	}
}

func startRegistry(ts *testscript.TestScript, w *world, args []string) {
	if args[0] == "tls" {
		w.registry = &scriptRegistry{registrytest.NewTLS(w.t)}
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(w.registry.CA()), 0o644))
		args = args[2:]
	} else {
		w.registry = &scriptRegistry{registrytest.New(w.t)}
	}
	ts.Setenv("REGISTRY", w.registry.URL)
	ts.Setenv("npm_config_registry", w.registry.URL)
	for _, source := range args {
		w.registry.addSource(ts, source)
	}
}

func (r *scriptRegistry) sent(ts *testscript.TestScript, prefix, header, value string) {
	n := 0
	for _, q := range r.Requests() {
		if !strings.HasPrefix(q.Path, prefix) {
			continue
		}
		n++
		if got := q.Header.Get(header); got != value {
			ts.Fatalf("%s was asked with %s: %q, want %q", q.Path, header, got, value)
		}
	}
	if n == 0 {
		ts.Fatalf("no request for %s", prefix)
	}
}

func (r *scriptRegistry) addSource(ts *testscript.TestScript, source string) {
	file := ts.MkAbs(source)
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		folders, err := os.ReadDir(file)
		ts.Check(err)
		for _, f := range folders {
			r.Add(filesUnder(ts, filepath.Join(file, f.Name())))
		}
		return
	}
	r.AddLines(ts.ReadFile(source))
}

func filesUnder(ts *testscript.TestScript, dir string) map[string]string {
	files := map[string]string{}
	ts.Check(filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	}))
	return files
}

// hostile publishes a tarball that no tool would pack, with digests that fit
// it, since what is tested lies behind that check.
func (r *scriptRegistry) hostile(ts *testscript.TestScript, id, file string) {
	data := []byte(ts.ReadFile(file))
	sum := sha1.Sum(data)
	meta, err := json.Marshal(map[string]any{"dist": map[string]any{
		"integrity": tarball.Sum512(data), "shasum": hex.EncodeToString(sum[:]),
	}})
	ts.Check(err)
	at := strings.LastIndex(id, "@")
	files, err := registrytest.LineFiles(id)
	ts.Check(err)
	files[registrytest.MetaFile] = string(meta)
	r.Add(files)
	r.Inject(id[:at], registrytest.Fault{On: registrytest.Tarballs, Version: id[at+1:], Body: data})
}

// mktarCommand is "mktar OUT.tgz SPEC": one entry a line, KIND NAME REST, where
// the rest is the content of a file or the target of a link.
func mktarCommand(ts *testscript.TestScript, _ bool, args []string) {
	kinds := map[string]byte{
		"file": tar.TypeReg, "symlink": tar.TypeSymlink, "link": tar.TypeLink,
		"char": tar.TypeChar, "fifo": tar.TypeFifo, "dir": tar.TypeDir,
	}
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	w := tar.NewWriter(zipped)
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		parts := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(parts) < 2 {
			continue
		}
		parts = append(parts, "")
		h := tar.Header{Typeflag: kinds[parts[0]], Name: parts[1], Mode: 0o644, ModTime: time.Unix(0, 0)}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(parts[2]))
		} else {
			h.Linkname = parts[2]
		}
		ts.Check(w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write([]byte(parts[2]))
			ts.Check(err)
		}
	}
	ts.Check(w.Close())
	ts.Check(zipped.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), buf.Bytes(), 0o644))
}
