package cmd

import (
	"errors"
	"maps"
	"slices"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

const unknownHint = "run it once without --offline, or put them into a lockfile where there is a network, and carry that here with all that they need: " +
	"`ipnpm bundle create` there (--since=ROOT leaves out what was carried before), `ipnpm bundle import` here"

const partlyKnownHint = "an offline run knows those versions that were asked for online or came in a bundle: run it once without --offline, " +
	"or carry the version here: `ipnpm bundle create` where there is a network, `ipnpm bundle import` here"

// explainUnknown says, in an offline run, of all that this machine does not know
// what a resolution that failed says of the first. What failed for another
// reason is told first, and alone.
func (s *session) explainUnknown(err error) error {
	if !s.cfg.Bool("offline") {
		return err
	}
	if first, ok := errors.AsType[*resolve.DependencyError](err); ok && (isUnknown(first.Err) || isPartlyKnown(first.Err)) {
		all := append([]*resolve.DependencyError{first}, first.Others...)
		if slices.ContainsFunc(all, func(d *resolve.DependencyError) bool { return isUnknown(d.Err) }) {
			return &missingError{packages: unknownAmong(all), what: "cannot be resolved with what is known on this machine", hint: unknownHint}
		}
	}
	if isPartlyKnown(err) {
		return &hintError{err: err, hint: partlyKnownHint}
	}
	return err
}

// isUnknown says that a package's document is not on this machine.
func isUnknown(err error) bool {
	_, document := errors.AsType[*upstream.OfflineError](err)
	_, index := errors.AsType[*registry.UnreadError](err)
	return document || index
}

// isPartlyKnown says that none of the versions that are known is asked for.
func isPartlyKnown(err error) bool {
	none, ok := errors.AsType[*pick.NoVersionError](err)
	return ok && none.Held == "" && !none.BeforeHid
}

// unknownAmong lists what failed for want of a document, or of a version in the
// part of one that is here, each package with who asks for what of it.
func unknownAmong(failed []*resolve.DependencyError) []missingPackage {
	askers := map[string][]string{}
	for _, d := range failed {
		if !isPartlyKnown(d.Err) && !isUnknown(d.Err) {
			continue
		}
		for _, ask := range d.Asked {
			who := ask.By
			if len(ask.Chain) == 1 {
				who = "the project"
			}
			if ask.Spec != "" && ask.Spec != "*" {
				who += " (" + ask.Spec + ")"
			}
			askers[ask.Name] = append(askers[ask.Name], who)
		}
	}
	var packages []missingPackage
	for _, name := range slices.Sorted(maps.Keys(askers)) {
		slices.Sort(askers[name])
		packages = append(packages, missingPackage{Name: name, RequiredBy: slices.Compact(askers[name])})
	}
	return packages
}
