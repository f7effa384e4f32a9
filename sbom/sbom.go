package sbom

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tree"
)

// Options say what a document is about. Root is the project; Nodes are all that
// belong to it, the project among them.
type Options struct {
	Root  *tree.Node
	Nodes []*tree.Node
	// Type is what the project is: "library", "application" or "framework".
	Type string
	// LockOnly says that what is listed is locked and perhaps not installed.
	LockOnly bool
	// Time is when the document was made.
	Time time.Time
	// Tool and Version are the program that made it.
	Tool, Version string
}

// Problems lists, in npm's words, why no true document can be written: what is
// missing and what is not what was asked for.
func Problems(nodes []*tree.Node) []string {
	var out []string
	for _, n := range nodes {
		for _, e := range n.Out {
			switch {
			case e.Problem == tree.Missing && !e.IsOptional():
				out = append(out, fmt.Sprintf("missing: %s@%s, required by %s", e.Name, e.Spec, n.ID()))
			case e.Problem == tree.Invalid && e.To != nil:
				out = append(out, fmt.Sprintf("invalid: %s, %s required by %s", e.To.ID(), cmp.Or(e.Spec, "*"), n.ID()))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// components are the distinct packages but the project, by location.
func (o Options) components() []*tree.Node {
	seen := map[string]bool{}
	var out []*tree.Node
	for _, n := range o.Nodes {
		if n.IsRoot() || n.Target != nil || seen[ref(n)] {
			continue
		}
		seen[ref(n)] = true
		out = append(out, n)
	}
	return out
}

// listed are the nodes as a set; an edge to another is left out.
func (o Options) listed() map[*tree.Node]bool {
	in := make(map[*tree.Node]bool, len(o.Nodes))
	for _, n := range o.Nodes {
		in[n] = true
	}
	return in
}

// ref is what the documents call a package.
func ref(n *tree.Node) string { return cmp.Or(n.PackageName, n.Name) + "@" + n.Version }

// purl is the package's URL, as package-url defines it for npm.
func purl(n *tree.Node) string {
	name := cmp.Or(n.PackageName, n.Name)
	if scope, base, scoped := strings.Cut(name, "/"); scoped {
		name = url.PathEscape(scope) + "/" + base
		name = strings.Replace(name, "@", "%40", 1)
	}
	text := "pkg:npm/" + name
	if n.Version != "" {
		text += "@" + strings.ReplaceAll(url.PathEscape(n.Version), "+", "%2B")
	}
	if n.Package != nil && strings.HasPrefix(n.Package.Resolved, "git") {
		text += "?vcs_url=" + url.QueryEscape(n.Package.Resolved)
	}
	return text
}

// sha512 is the hex digest of an integrity, "" when it has none.
func sha512(pkg *lockfile.Package) string {
	for field := range strings.FieldsSeq(pkg.Integrity) {
		digest, ok := strings.CutPrefix(field, "sha512-")
		digest, _, _ = strings.Cut(digest, "?")
		if raw, err := base64.StdEncoding.DecodeString(digest); ok && err == nil && len(raw) == 64 {
			return hex.EncodeToString(raw)
		}
	}
	return ""
}

// serial is a UUID (version 8) made of what the document lists.
func (o Options) serial() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00", ref(o.Root), o.Type, stamp(o.Time))
	for _, n := range o.Nodes {
		fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00", n.Location, ref(n), n.Package.Integrity, n.Package.CID)
	}
	sum := h.Sum(nil)[:16]
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:])
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// isExpression says that a licence has the form of an SPDX expression: names
// with AND, OR and WITH between them, and parentheses.
func isExpression(text string) bool {
	depth, wantName := 0, true
	for _, word := range strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)) {
		operator := word == "AND" || word == "OR" || word == "WITH"
		switch {
		case word == "(" && wantName:
			depth++
		case word == ")" && !wantName && depth > 0:
			depth--
		case operator && !wantName, !operator && wantName && isLicenseName(word):
			wantName = operator
		default:
			return false
		}
	}
	return depth == 0 && !wantName
}

func isLicenseName(word string) bool {
	return word != "UNLICENSED" && !strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-.+:", r))
	})
}
