package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	fixtures := flag.String("fixtures", "testdata/parity", "folder of fixtures")
	out := flag.String("o", "", "registry to write; fixtures name it without its .jsonl.zst")
	mocks := flag.String("mocks", "", "folder of package documents (*.json, *.min.json) and tarballs, as npm/cli has it")
	packages := flag.String("packages", "", "folders of packages, comma-separated, as pnpm/registry-mock has them")
	flag.Parse()
	if err := record(*fixtures, *out, *mocks, *packages); err != nil {
		fmt.Fprintln(os.Stderr, "packuments:", err)
		os.Exit(1)
	}
}

func record(fixtures, out, mocks, packages string) error {
	name := strings.TrimSuffix(filepath.Base(out), ".jsonl.zst")
	src := make(source)
	if mocks != "" {
		if err := src.readMocks(mocks); err != nil {
			return err
		}
	}
	for dir := range strings.FieldsFuncSeq(packages, func(r rune) bool { return r == ',' }) {
		if err := src.readPackages(dir); err != nil {
			return err
		}
	}
	cut := newCut(src)
	if err := cut.readFixtures(fixtures, name); err != nil {
		return err
	}
	if err := cut.follow(); err != nil {
		return err
	}
	if err := cut.readBundles(mocks); err != nil {
		return err
	}
	return cut.write(out)
}
