package sbom

import (
	"cmp"
	"slices"

	"github.com/ipnpm/ipnpm/tree"
)

type bom struct {
	Schema       string       `json:"$schema"`
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	SerialNumber string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp  string      `json:"timestamp"`
	Lifecycles []lifecycle `json:"lifecycles"`
	Tools      []tool      `json:"tools"`
	Component  component   `json:"component"`
}

type lifecycle struct {
	Phase string `json:"phase"`
}

type tool struct {
	Vendor  string `json:"vendor"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

type component struct {
	Ref        string         `json:"bom-ref"`
	Type       string         `json:"type"`
	Name       string         `json:"name"`
	Version    string         `json:"version"`
	Scope      string         `json:"scope"`
	PURL       string         `json:"purl"`
	Properties []property     `json:"properties"`
	References []reference    `json:"externalReferences"`
	Hashes     []hash         `json:"hashes,omitempty"`
	Licenses   []licenseEntry `json:"licenses,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

// licenseEntry has an SPDX expression, or the licence's name where it is none.
type licenseEntry struct {
	Expression string   `json:"expression,omitempty"`
	License    *license `json:"license,omitempty"`
}

type license struct {
	Name string `json:"name"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// CycloneDX is the document in that format, to be written as JSON.
func CycloneDX(o Options) any {
	phase := "build"
	if o.LockOnly {
		phase = "pre-build"
	}
	root := newComponent(o.Root)
	if o.Type != "" {
		root.Type = o.Type
	}
	b := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.5.schema.json", Format: "CycloneDX", SpecVersion: "1.5",
		SerialNumber: "urn:uuid:" + o.serial(), Version: 1,
		Metadata: metadata{
			Timestamp: stamp(o.Time), Lifecycles: []lifecycle{{phase}},
			Tools: []tool{{o.Tool, o.Tool, o.Version}}, Component: root,
		},
		Components: []component{}, Dependencies: []dependency{},
	}
	listed := o.listed()
	b.Dependencies = append(b.Dependencies, newDependency(o.Root, listed))
	for _, n := range o.components() {
		b.Components = append(b.Components, newComponent(n))
		b.Dependencies = append(b.Dependencies, newDependency(n, listed))
	}
	return b
}

func newComponent(n *tree.Node) component {
	c := component{
		Ref: ref(n), Type: "library", Name: cmp.Or(n.PackageName, n.Name), Version: n.Version, Scope: "required", PURL: purl(n),
		Properties: []property{}, References: []reference{},
	}
	if n.Optional || n.DevOptional {
		c.Scope = "optional"
	}
	for _, flag := range [...]struct {
		is   bool
		name string
	}{{n.Dev, "development"}, {n.Extraneous, "extraneous"}, {n.InBundle, "bundled"}} {
		if flag.is {
			c.Properties = append(c.Properties, property{"cdx:npm:package:" + flag.name, "true"})
		}
	}
	if cid := n.Package.CID; cid != "" {
		c.Properties = append(c.Properties, property{"ipnpm:cid", cid})
		c.References = append(c.References, reference{"distribution", "ipfs://" + cid})
	}
	if from := n.Package.Resolved; from != "" && n.Target == nil {
		c.References = append(c.References, reference{"distribution", from})
	}
	if digest := sha512(n.Package); digest != "" {
		c.Hashes = []hash{{"SHA-512", digest}}
	}
	switch text := n.Package.License; {
	case isExpression(text):
		c.Licenses = []licenseEntry{{Expression: text}}
	case text != "":
		c.Licenses = []licenseEntry{{License: &license{text}}}
	}
	return c
}

func newDependency(n *tree.Node, listed map[*tree.Node]bool) dependency {
	d := dependency{Ref: ref(n), DependsOn: []string{}}
	for _, e := range n.Out {
		if e.To != nil && listed[e.To] && !slices.Contains(d.DependsOn, ref(e.To)) {
			d.DependsOn = append(d.DependsOn, ref(e.To))
		}
	}
	return d
}
