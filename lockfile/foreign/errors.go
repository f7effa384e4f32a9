package foreign

import "fmt"

// Error says why a lockfile cannot be read.
type Error struct {
	// File is the lockfile's name.
	File string
	// Line counts from 1; 0 when no line is to blame.
	Line int
	Msg  string
	// Advice is what can be done about it; often empty.
	Advice string
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.Msg)
	}
	return fmt.Sprintf("%s: %s", e.File, e.Msg)
}

// Hint is the advice, or what helps with any damaged file.
func (e *Error) Hint() string {
	if e.Advice != "" {
		return e.Advice
	}
	return "let the package manager that wrote it write it anew, or take it from version control again"
}
