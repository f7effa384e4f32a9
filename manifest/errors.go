package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// ErrNotFound is wrapped by [Load] when there is no package.json. It is
// fs.ErrNotExist too.
var ErrNotFound = fmt.Errorf("no package.json: %w", fs.ErrNotExist)

// ChangedError says that somebody else wrote a package.json between its
// reading and its writing: another command in the same project, or an editor.
type ChangedError struct {
	// Path of the file.
	Path string
}

func (e *ChangedError) Error() string {
	return e.Path + " was changed by something else meanwhile, and is left as it is"
}

var errNotObject = errors.New("expected a JSON object")

// SyntaxError says where a package.json is not JSON.
type SyntaxError struct {
	Path string // empty when the text came from no file
	// Line and Column count from 1; Column counts characters.
	Line, Column int
	Msg          string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", orPackageJSON(e.Path), e.Line, e.Column, e.Msg)
}

// FieldError says which field of a package.json has the wrong type or value.
type FieldError struct {
	Path         string
	Line, Column int
	// Field is dotted: "dependencies.foo".
	Field string
	// Want is what is expected there: "an object of strings".
	Want string
	// Code is npm's for it, if it has one.
	Code string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %q must be %s", orPackageJSON(e.Path), e.Line, e.Column, e.Field, e.Want)
}

func orPackageJSON(path string) string {
	if path == "" {
		return "package.json"
	}
	return path
}

// syntaxError gives an error of encoding/json its place in data.
func syntaxError(path string, data []byte, err error) *SyntaxError {
	offset := 0
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = int(syntax.Offset)
		if !strings.HasPrefix(syntax.Error(), "unexpected end") {
			offset = max(offset-1, 0)
		}
	}
	line, column := position(data, offset)
	return &SyntaxError{Path: path, Line: line, Column: column, Msg: err.Error()}
}

// position turns a byte offset into line and column, both from 1.
func position(data []byte, offset int) (line, column int) {
	head := data[:min(offset, len(data))]
	line = bytes.Count(head, []byte("\n")) + 1
	start := bytes.LastIndexByte(head, '\n') + 1
	return line, utf8.RuneCount(head[start:]) + 1
}
