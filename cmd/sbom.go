package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/sbom"
	"github.com/ipnpm/ipnpm/tree"
)

func newSBOMCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "sbom",
		GroupID: "project",
		Short:   "Write a software bill of materials",
		Long: `Sbom lists what is installed, or with --package-lock-only what is locked, as
CycloneDX 1.5 or SPDX 2.3, in npm's shapes. It fails when something is missing or is
not what was asked for.

Beyond npm's each package has the CID of its tarball: as the property ipnpm:cid and
an ipfs:// address. The same project gives the same document: its number is made of
its content, and its time is SOURCE_DATE_EPOCH where that is set. Licences stand as
SPDX expressions, or where they are none by their name (CycloneDX) or not at all
(SPDX). Descriptions, authors and addresses of packages, which lockfiles do not
have, are left out.`,
		Example: `  ipnpm sbom --sbom-format=cyclonedx > bom.json
  ipnpm sbom --sbom-format=spdx --sbom-type=application --omit=dev --package-lock-only`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSBOM(c.Context(), a) },
	}
	a.bindConfig(c.Flags(), append(filteredKeys(), "sbom-format", "sbom-type", "omit", "include", "package-lock-only")...)
	return c
}

func runSBOM(ctx context.Context, a *app) error {
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error { return s.sbom(ctx, p) })
}

func (s *session) sbom(ctx context.Context, p *project) error {
	a, cfg := s.app, s.cfg
	format := cfg.String("sbom-format")
	if format == "" {
		return &hintError{err: errors.New("sbom: no format is given"), hint: "--sbom-format=cyclonedx or --sbom-format=spdx", code: "EUSAGE"}
	}
	at, err := a.documentTime()
	if err != nil {
		return err
	}
	g, err := s.installed(ctx, p, cfg.Bool("legacy-peer-deps"))
	if err != nil {
		return err
	}
	o := sbom.Options{
		Root: g.Root, Nodes: listedNodes(g, p.within(g), cfg.Strings("omit")), Type: cfg.String("sbom-type"),
		LockOnly: cfg.Bool("package-lock-only"), Time: at, Tool: "ipnpm", Version: a.version(),
	}
	if problems := sbom.Problems(o.Nodes); len(problems) > 0 {
		return &hintError{err: errors.New(strings.Join(problems, "\n")), hint: "`ipnpm install` puts it right", code: "ESBOMPROBLEMS"}
	}
	if format == "spdx" {
		return a.printJSON(sbom.SPDX(o))
	}
	return a.printJSON(sbom.CycloneDX(o))
}

// listedNodes are the project and, within the chosen workspaces, the packages
// that are not omitted by their kind.
func listedNodes(g *tree.Graph, within map[*tree.Node]bool, omit []string) []*tree.Node {
	var out []*tree.Node
	for _, n := range g.Nodes {
		omitted := false
		for _, kind := range omit {
			omitted = omitted || kind == "dev" && n.Dev || kind == "optional" && n.Optional || kind == "peer" && n.Peer
		}
		if n.IsRoot() || !omitted && (within == nil || within[n]) {
			out = append(out, n)
		}
	}
	return out
}

// documentTime is the time that a document says it was made at.
func (a *app) documentTime() (time.Time, error) {
	text := a.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return a.now(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH=%s is no number of seconds: %w", text, err)
	}
	return time.Unix(seconds, 0), nil
}
