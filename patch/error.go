package patch

// Error is a patch that cannot be used. Its code is npm's: EPATCHFAILED,
// EPATCHUNSAFE, EPATCHNOTFOUND, …
type Error struct {
	code, text string
	err        error
}

func (e *Error) Error() string {
	if e.err != nil {
		return e.text + ": " + e.err.Error()
	}
	return e.text
}

// Unwrap returns the cause, nil where there is none.
func (e *Error) Unwrap() error { return e.err }

// Code is npm's code for it.
func (e *Error) Code() string { return e.code }

// Hint says what can be done about it.
func (e *Error) Hint() string {
	switch e.code {
	case codeFailed:
		return "the patch was made for other files: make it anew with `ipnpm patch NAME`, or remove it with `ipnpm patch rm NAME`"
	case codeUnsafe:
		return "patches lie in the project, and change nothing but the package that they are for; do not install what says otherwise"
	case codeNotFound:
		return "take the file from version control, or remove its entry with `ipnpm patch rm NAME`"
	case codeUnused:
		return "`ipnpm patch rm NAME` removes a patch; --allow-unused-patches installs anyway"
	case codeIntegrity:
		return "the patch was changed after the lockfile was written: look at it, and run `ipnpm install`"
	}
	return ""
}

// npm's codes.
const (
	codeFailed      = "EPATCHFAILED"
	codeUnsafe      = "EPATCHUNSAFE"
	codeNotFound    = "EPATCHNOTFOUND"
	codeUnused      = "EPATCHUNUSED"
	codeAmbiguous   = "EPATCHAMBIGUOUS"
	codeNonRegistry = "EPATCHNONREGISTRY"
	codeIntegrity   = "EPATCHINTEGRITY"
)
