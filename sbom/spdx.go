package sbom

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/tree"
)

type document struct {
	Version       string         `json:"spdxVersion"`
	DataLicense   string         `json:"dataLicense"`
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Creation      creation       `json:"creationInfo"`
	Describes     []string       `json:"documentDescribes"`
	Packages      []spdxPackage  `json:"packages"`
	Relationships []relationship `json:"relationships"`
}

type creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	Name             string        `json:"name"`
	ID               string        `json:"SPDXID"`
	Version          string        `json:"versionInfo"`
	FileName         string        `json:"packageFileName"`
	Purpose          string        `json:"primaryPackagePurpose,omitempty"`
	DownloadLocation string        `json:"downloadLocation"`
	FilesAnalyzed    bool          `json:"filesAnalyzed"`
	Homepage         string        `json:"homepage"`
	LicenseDeclared  string        `json:"licenseDeclared"`
	References       []externalRef `json:"externalRefs"`
	Checksums        []checksum    `json:"checksums,omitempty"`
}

type externalRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type relationship struct {
	Element string `json:"spdxElementId"`
	Related string `json:"relatedSpdxElement"`
	Type    string `json:"relationshipType"`
}

const noAssertion = "NOASSERTION"

// SPDX is the document in that format, to be written as JSON.
func SPDX(o Options) any {
	root := newSPDXPackage(o.Root)
	root.Purpose = strings.ToUpper(o.Type)
	d := document{
		Version: "SPDX-2.3", DataLicense: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: ref(o.Root),
		Namespace: "http://spdx.org/spdxdocs/" + url.PathEscape(cmp.Or(o.Root.PackageName, o.Root.Name)) + "-" + o.Root.Version + "-" + o.serial(),
		Creation:  creation{stamp(o.Time), []string{"Tool: " + o.Tool + "-" + o.Version}},
		Describes: []string{root.ID}, Packages: []spdxPackage{root},
		Relationships: []relationship{{"SPDXRef-DOCUMENT", root.ID, "DESCRIBES"}},
	}
	for _, n := range o.components() {
		d.Packages = append(d.Packages, newSPDXPackage(n))
	}
	listed := o.listed()
	for _, n := range o.Nodes {
		for _, e := range n.Out {
			if e.To == nil || !listed[e.To] {
				continue
			}
			d.relate(relationship{spdxID(e.To), spdxID(n), relationOf(e.Kind)})
		}
		if n.Extraneous {
			d.relate(relationship{spdxID(n), root.ID, "OPTIONAL_DEPENDENCY_OF"})
		}
	}
	return d
}

func (d *document) relate(r relationship) {
	if !slices.Contains(d.Relationships, r) {
		d.Relationships = append(d.Relationships, r)
	}
}

func relationOf(kind string) string {
	switch kind {
	case "peer":
		return "PREREQUISITE_FOR"
	case "optional":
		return "OPTIONAL_DEPENDENCY_OF"
	case "dev":
		return "DEV_DEPENDENCY_OF"
	}
	return "DEPENDENCY_OF"
}

func newSPDXPackage(n *tree.Node) spdxPackage {
	p := spdxPackage{
		Name: cmp.Or(n.PackageName, n.Name), ID: spdxID(n), Version: n.Version, FileName: n.Location,
		DownloadLocation: noAssertion, Homepage: noAssertion, LicenseDeclared: noAssertion,
		References: []externalRef{{"PACKAGE-MANAGER", "purl", purl(n)}},
	}
	if isExpression(n.Package.License) {
		p.LicenseDeclared = n.Package.License
	}
	if n.Package.Resolved != "" && n.Target == nil {
		p.DownloadLocation = n.Package.Resolved
	}
	if cid := n.Package.CID; cid != "" {
		p.References = append(p.References, externalRef{"OTHER", "ipfs", "ipfs://" + cid})
		if p.DownloadLocation == noAssertion {
			p.DownloadLocation = "ipfs://" + cid
		}
	}
	if digest := sha512(n.Package); digest != "" {
		p.Checksums = []checksum{{"SHA512", digest}}
	}
	return p
}

// spdxID keeps to what an SPDX identifier may hold.
func spdxID(n *tree.Node) string {
	name := strings.ReplaceAll(strings.TrimPrefix(cmp.Or(n.PackageName, n.Name), "@"), "/", ".")
	return "SPDXRef-Package-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, name+"-"+n.Version)
}
