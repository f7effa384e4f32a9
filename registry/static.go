package registry

import (
	blocks "github.com/ipfs/go-block-format"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// A static registry is a folder for each package whose index.html is the
// package's document: a gateway answers a request for the folder with it, and
// so serves npm's protocol without knowing it. The tarballs are where that
// protocol has them, and where every index has them: so /npm is another name
// for /tarballs, whose folders got a document, and costs no directory of its
// own.
//
// Of the addresses in a document npm replaces the host when it is npm's own,
// and /npm works at any gateway, under any name. Other installers take what is
// there; theirs is /static, a directory for one gateway.
const (
	npmDir    = "npm"
	staticDir = "static"
)

// layStatic makes the document of a static registry.
func layStatic(p *Packument, base string) (unixfs.Link, []blocks.Block, error) {
	data, err := p.EncodeStatic(base)
	if err != nil {
		return unixfs.Link{}, nil, err
	}
	link, bs, err := unixfs.File(data) // whose name every gateway looks for
	link.Name = indexFile
	return link, bs, err
}
