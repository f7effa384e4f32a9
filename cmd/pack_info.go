package cmd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry/publish"
)

// packInfo is what is told of a tarball: npm's fields, and its CID.
type packInfo struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Version      string     `json:"version"`
	Size         int        `json:"size"`
	UnpackedSize int64      `json:"unpackedSize"`
	Shasum       string     `json:"shasum"`
	Integrity    string     `json:"integrity"`
	CID          string     `json:"cid"`
	Filename     string     `json:"filename"`
	Files        []packFile `json:"files"`
	EntryCount   int        `json:"entryCount"`
	Bundled      []string   `json:"bundled"`
}

type packFile struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	Mode uint32 `json:"mode"`
}

func newPackInfo(r *publish.Release) (packInfo, error) {
	c, _, err := ipfsstore.ImportLayout(r.Data)
	if err != nil {
		return packInfo{}, err
	}
	info := packInfo{
		ID: r.ID(), Name: r.Manifest.Name, Version: r.Manifest.Version, Size: len(r.Data), UnpackedSize: r.UnpackedSize,
		Shasum: r.Shasum, Integrity: r.Integrity, CID: c.String(), Filename: r.FileName(),
		Files: make([]packFile, 0, len(r.Files)), EntryCount: len(r.Files), Bundled: append([]string{}, r.Bundled...),
	}
	for _, f := range r.Files {
		info.Files = append(info.Files, packFile{Path: f.Path, Size: f.Size, Mode: uint32(f.Mode.Perm())})
	}
	slices.SortStableFunc(info.Files, func(a, b packFile) int {
		return cmp.Or(cmp.Compare(rank(a.Path), rank(b.Path)), strings.Compare(strings.ToLower(a.Path), strings.ToLower(b.Path)))
	})
	return info, nil
}

// rank puts README and its like first, as npm does.
func rank(path string) int {
	if first, _ := utf8.DecodeRuneInString(path); unicode.IsLower(first) {
		return 1
	}
	return 0
}

// byName is npm's JSON form of several.
func byName(infos []packInfo) map[string]packInfo {
	out := make(map[string]packInfo, len(infos))
	for _, info := range infos {
		out[info.Name] = info
	}
	return out
}

// noticePacked shows what is in a tarball.
func (a *app) noticePacked(info packInfo) {
	if !a.says("notice") {
		return
	}
	fmt.Fprintf(a.Err, "package %s\n", printableLine(info.ID))
	for _, f := range info.Files {
		if !strings.HasPrefix(f.Path, "node_modules/") {
			fmt.Fprintf(a.Err, "  %8s  %s\n", size(f.Size), printableLine(f.Path))
		}
	}
	for _, name := range info.Bundled {
		fmt.Fprintf(a.Err, "  bundled   %s\n", printableLine(name))
	}
	fmt.Fprintf(a.Err, "%d files, %s packed, %s unpacked\ncid %s\nintegrity %s\n", info.EntryCount,
		size(int64(info.Size)), size(info.UnpackedSize), info.CID, info.Integrity)
}
