package console

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/opentrm/opentrm/internal/id"
)

// CaseName is what somebody types for a case: the reference that people speak, or the identifier.
type CaseName string

// identifier is the length of one; a reference is shorter, however it is written.
const identifier = 36

// In asks the node which case is meant.
//
// It fails with [fault.Invalid] as [id.ParseReference], so that a slip of the pen reaches no other case, and as the node says.
func (n CaseName) In(node *Client) (id.Case, error) {
	if len(n) == identifier {
		return id.Case(n), nil
	}
	ref, err := id.ParseReference(string(n))
	if err != nil {
		return "", err
	}
	var out struct {
		ID id.Case `json:"id"`
	}
	err = node.Call(http.MethodGet, "/references"+Seg(ref), nil, &out)
	return out.ID, err
}

// OneCase is the case that a command is about.
type OneCase struct {
	Remote
	Case CaseName `arg:"" help:"The case: its reference, as people speak it, or its identifier."`
}

// At returns a client of the node and the path of the case in its interface.
//
// It fails as [Remote.Open] and [CaseName.In].
func (c OneCase) At(s *Screen) (*Client, string, error) {
	node, err := c.Open(s)
	if err != nil {
		return nil, "", err
	}
	which, err := c.Case.In(node)
	return node, "/cases" + Seg(which), err
}

// Show prints what lies below the case, as it came.
func (c OneCase) Show(s *Screen, last string) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out json.RawMessage
	if err := node.Call(http.MethodGet, path+last, nil, &out); err != nil {
		return err
	}
	return s.Raw(out)
}

// Do asks for something that has no answer but that it was done. Match is the version that was read; empty: it needs none.
func (c OneCase) Do(s *Screen, method, last string, body any, match, said string) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	if _, err := node.CallWith(method, path+last, body, nil, versioned(match)); err != nil {
		return err
	}
	return s.Done(said)
}

// Add asks for something to be kept, and prints by which identifier and in which version it is. Match is as in [OneCase.Do].
func (c OneCase) Add(s *Screen, last string, body any, match string) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	var out Made
	if _, err := node.CallWith(http.MethodPost, path+last, body, &out, versioned(match)); err != nil {
		return err
	}
	return out.Print(s)
}

func versioned(match string) http.Header {
	if match == "" {
		return nil
	}
	return Version(match)
}

// Made is what a node says of something that it has kept.
type Made struct {
	ID      string `json:"id"`
	Version int64  `json:"version,omitempty"`
}

// Print prints it.
func (m Made) Print(s *Screen) error {
	return s.Print(m, func(w io.Writer) { fmt.Fprintf(w, "record\t%s\nversion\t%d\n", m.ID, m.Version) })
}

// ReadText reads words from a file or, for "-", from standard input: what is said of somebody is never an argument, which a shell
// remembers and everybody on the machine can see. No file: no words.
func ReadText(s *Screen, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	b, err := ReadFile(s, file)
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return string(b), err
}
