// Package audit tells which of a project's packages have known weaknesses, and
// what would mend that. It is the report of `npm audit`, computed from three
// things that the caller brings: the project as a graph (package tree), the
// advisories against its packages, from a registry's endpoint or from an index's
// snapshot, and package documents.
//
//	versions := audit.Versions(o)          // what to ask the advisories for
//	report, err := audit.Run(ctx, o, advisories)
//
// # Weaknesses that are passed on
//
// An advisory names a package and a range. A package that depends on it is
// affected too, if whatever version of the dependency its spec admits is
// vulnerable: then no update of the dependency helps, and the dependent is what
// has to change. npm calls that a metavulnerability. Whether it holds is asked
// of each version of the dependent, in its document, so that the report can say
// which versions of it do; and so on up, until a dependency of the project
// itself is reached. There it is decided whether there is a fix: within the range
// that the project asks for, outside of it, or none.
//
// npm tests the ends of a run of versions with the same minor and takes those
// between for the same; here each version is tested. Ranges are the same unless a
// publisher went to and fro within a minor.
package audit
