package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// Allow says who may depend on what no registry holds: npm's allow-git,
// allow-remote, allow-file and allow-directory. A value is "all", "none" or
// "root", which is the project and its workspaces; "" means "all".
type Allow struct{ Git, Remote, File, Directory string }

// of is the value for a kind of spec.
func (a Allow) of(kind manifest.Kind) string {
	switch kind {
	case manifest.KindGit:
		return a.Git
	case manifest.KindRemote:
		return a.Remote
	case manifest.KindFile:
		return a.File
	case manifest.KindDirectory:
		return a.Directory
	}
	return "all"
}

// Check says whether the project itself, or else a package that it depends on,
// may ask for a spec. The error is an *AllowError.
func (a Allow) Check(spec manifest.Spec, byProject bool) error {
	allow := a.of(spec.Kind)
	if allow == "" || allow == "all" || allow == "root" && byProject {
		return nil
	}
	return &AllowError{Spec: spec, Root: allow == "root"}
}

// AllowError refuses a dependency on what no registry holds.
type AllowError struct {
	Spec manifest.Spec
	// Root: the project itself may depend on such.
	Root bool
	// Document: it is a registry's document that names the address.
	Document bool
}

func (e *AllowError) Error() string {
	where := ""
	if e.Root {
		where = " that the project itself does not ask for"
	}
	if e.Document {
		return fmt.Sprintf("refusing to fetch %s: the address is none of the registry's own, and dependencies of the type %q%s are disabled",
			e.Spec, e.Spec.Kind, where)
	}
	return fmt.Sprintf("refusing to fetch %s: dependencies of the type %q%s are disabled", e.Spec, e.Spec.Kind, where)
}

// Code is npm's: EALLOWGIT, EALLOWREMOTE, EALLOWFILE, EALLOWDIRECTORY.
func (e *AllowError) Code() string { return "EALLOW" + strings.ToUpper(e.Spec.Kind.String()) }

// Hint names the key.
func (e *AllowError) Hint() string {
	key, value := "allow-"+e.Spec.Kind.String(), "root"
	if e.Root {
		value = "all"
	}
	hint := fmt.Sprintf("where you trust it, set %s=%s in .npmrc of the project, or give --%s=%s once", key, value, key, value)
	if e.Document {
		hint += "; or take it from the registry itself, with replace-registry-host=always"
	}
	return hint
}

// allowed checks the edge of a new node. The project's own workspaces are not
// dependencies in this sense.
func (b *builder) allowed(e *Edge, spec manifest.Spec) error {
	if e.dep.kind == kindWorkspace {
		return nil
	}
	return b.options.Allow.Check(spec, e.from.mine())
}

// allowedAddress checks where the registry says that a package's tarball is. A
// document is no reason to fetch from anywhere.
func (b *builder) allowedAddress(e *Edge, p *pkg) error {
	if p.registry == nil || b.options.Elsewhere == nil {
		return nil
	}
	address := b.options.Elsewhere(p.registry)
	if address == "" {
		return nil
	}
	err := b.options.Allow.Check(manifest.Spec{Kind: manifest.KindRemote, Name: p.name, Raw: address}, e.from.mine())
	if refused, ok := errors.AsType[*AllowError](err); ok {
		refused.Document = true
	}
	return err
}

// Refused maps where packages of the tree come from to why the policy refuses
// to fetch them, with the chain that leads there. What one valid dependency of
// the project asks for is the project's, wherever else it is needed.
func (t *Tree) Refused() map[string]error {
	refused, allowed := map[string]error{}, map[string]bool{}
	for _, n := range t.graph.all() {
		from := n.pkg.resolved
		if err := n.refused(t.source.options.Allow); err == nil {
			allowed[from] = true
		} else {
			refused[from] = err
		}
	}
	for from := range allowed {
		delete(refused, from)
	}
	return refused
}

// Refused is [Tree.Refused] for the tree of a lockfile that is installed as it
// is.
func Refused(ctx context.Context, r Request) (map[string]error, error) {
	t, err := Load(ctx, r)
	if err != nil {
		return nil, err
	}
	return t.Refused(), nil
}

func (n *Node) refused(allow Allow) error {
	if n.isTop() || n.isLink() || n.inert || n.bundler(nil) != nil || n.pkg.resolved == "" {
		return nil
	}
	spec, err := manifest.ParseSpec(n.pkg.name, n.pkg.resolved)
	if err != nil {
		return err
	}
	byProject := false
	for _, e := range n.edgesIn {
		byProject = byProject || e.from.mine() && e.valid()
	}
	if err := allow.Check(spec, byProject); err != nil {
		through := chain(n)
		return &DependencyError{Chain: through[:max(len(through)-1, 0)], Name: n.name, Err: err}
	}
	return nil
}
