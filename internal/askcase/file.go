package askcase

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

type caseAttach struct {
	console.OneCase
	File string `arg:"" type:"existingfile" help:"It is kept under its name, without its folder."`
}

// Run sends the file in pieces as it is read, and its digest before it, so that a node which received other bytes keeps nothing.
func (c *caseAttach) Run(s *console.Screen) error {
	broken := func(err error) error {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
	}
	f, err := os.Open(c.File)
	if err != nil {
		return broken(err)
	}
	defer f.Close()
	digest := sha256.New()
	size, err := io.Copy(digest, f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return broken(err)
	}
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	bar := s.Progress("attach")
	bar.Bytes, bar.Total = true, size
	defer bar.End()
	answer, err := node.Ask(s.Context, http.MethodPost, path+"/attachments", "application/octet-stream", console.Counted{ReadSeeker: f, Bar: bar}, http.Header{
		"File-Name":      {filepath.Base(c.File)},
		"Content-Digest": {"sha-256=:" + base64.StdEncoding.EncodeToString(digest.Sum(nil)) + ":"},
	})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var out console.Made
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&out); err != nil {
		return fault.Wrap(fault.Unavailable, "cli.stranger", err).With("server", node.Server)
	}
	return out.Print(s)
}

type caseFetch struct {
	oneRecord
	File string `arg:"" type:"path" help:"File to write; must not be there yet."`
}

// Run writes the file as it comes. One that breaks off is not left behind, so that nobody takes it for whole.
func (c *caseFetch) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	f, err := console.Create(c.File)
	if err != nil {
		return fault.Wrap(fault.Invalid, "cli.file", err).With("file", c.File)
	}
	whole := false
	defer func() {
		if _ = f.Close(); !whole {
			_ = os.Remove(c.File)
		}
	}()
	answer, err := node.Ask(s.Context, http.MethodGet, path+"/attachments"+console.Seg(c.Record), "", nil, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	bar := s.Progress("fetch")
	bar.Bytes, bar.Total = true, max(answer.ContentLength, 0)
	defer bar.End()
	n, err := io.Copy(console.Counting{Writer: f, Bar: bar}, answer.Body)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "cli.file", err).With("file", c.File)
	}
	whole = true
	return s.Print(map[string]any{"file": c.File, "bytes": n}, func(w io.Writer) { fmt.Fprintf(w, "file\t%s\nbytes\t%d\n", c.File, n) })
}

type caseCopy struct {
	console.OneCase
	File string      `arg:"" type:"path" help:"File to write, as JSON; must not be there yet."`
	Read []id.Record `help:"Records whose words one has read for this copy, and which speak of nobody else."`
}

func (c *caseCopy) Run(s *console.Screen) error {
	node, path, err := c.At(s)
	if err != nil {
		return err
	}
	path += "/copy"
	for i, r := range c.Read {
		path += map[bool]string{true: "?read=", false: ","}[i == 0] + url.QueryEscape(string(r))
	}
	var out json.RawMessage
	if err := node.Call(http.MethodGet, path, nil, &out); err != nil {
		return err
	}
	if err := console.WriteNew(c.File, out); err != nil {
		return err
	}
	return s.Print(map[string]any{"file": c.File, "bytes": len(out)}, func(w io.Writer) { fmt.Fprintf(w, "file\t%s\nbytes\t%d\n", c.File, len(out)) })
}

// caseCorrection is "opentrm case correction" with what stands below it.
type caseCorrection struct {
	List   correctionList   `cmd:"" default:"withargs" help:"List what she asked to be corrected, and what was decided."`
	Ask    correctionAsk    `cmd:"" help:"Record that she asks for a correction, in her words."`
	Decide correctionDecide `cmd:"" help:"Record what was decided, in words that are told to her."`
}

type correctionList struct{ console.OneCase }

func (c *correctionList) Run(s *console.Screen) error { return c.Show(s, "/corrections") }

type correctionAsk struct {
	console.OneCase
	About id.Record `help:"The record that she means."`
	saying
}

func (c *correctionAsk) Run(s *console.Screen) error {
	says, err := c.read(s)
	if err != nil {
		return err
	}
	return c.Add(s, "/corrections", map[string]any{"says": says, "about": c.About}, "")
}

type correctionDecide struct {
	oneVersion
	Outcome string    `required:"" enum:"corrected,partly,refused" help:"corrected, partly or refused."`
	By      id.Record `help:"The record that corrects it."`
	saying
}

func (c *correctionDecide) Run(s *console.Screen) error {
	reason, err := c.read(s)
	if err != nil {
		return err
	}
	in := map[string]any{"outcome": c.Outcome, "reason": reason, "by": c.By}
	return c.Do(s, http.MethodPut, "/corrections"+console.Seg(c.Record), in, c.Match, "decided")
}
