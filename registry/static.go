package registry

import (
	blocks "github.com/ipfs/go-block-format"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// A static registry is a folder for each package whose index.html is the
// package's document: a gateway answers a request for the folder with it, and
// so serves npm's protocol without knowing it. The folder "-" beside it, with the
// tarballs where that protocol has them, is the one of /tarballs.
//
// Of the addresses in a document npm replaces the host when it is npm's own,
// and /npm works at any gateway, under any name. Other installers take what is
// there; theirs is /static, a directory for one gateway.
const (
	npmDir    = "npm"
	staticDir = "static"
)

// layStatic makes a package's folder in a static registry whose addresses begin
// with base.
func layStatic(p *Packument, base string) (unixfs.Link, []blocks.Block, error) {
	files, out, err := tarballFiles(p)
	if err != nil {
		return unixfs.Link{}, nil, err
	}
	data, err := p.EncodeStatic(base)
	if err != nil {
		return unixfs.Link{}, nil, err
	}
	page, bs, err := unixfs.File(data)
	if err != nil {
		return unixfs.Link{}, nil, err
	}
	page.Name, out = indexFile, append(out, bs...) // which every gateway looks for
	folder, bs, err := unixfs.Directory([]unixfs.Link{files, page})
	return folder, append(out, bs...), err
}
