package cli

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/opentrm/opentrm/internal/apioffice"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
)

type textCommand struct {
	List   textList   `cmd:"" help:"List the texts in every language, with their digests and who has reviewed them."`
	Show   textShow   `cmd:"" help:"Show a text, each message beside the English."`
	Review textReview `cmd:"" help:"Record that a native speaker has reviewed a text as it stands."`
	Lint   textLint   `cmd:"" help:"Examine files of texts before a node is given them."`
	Blank  textBlank  `cmd:"" help:"Write a file of texts to translate: every message in English, to be kept as LANGUAGE.json."`
}

// maxTexts is how many files of texts a node takes.
const maxTexts = 64

// extraTexts reads the files of a directory of texts; an empty name: none.
func extraTexts(s *console.Screen, dir string) (map[string][]byte, error) {
	if dir == "" {
		return nil, nil
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(paths) > maxTexts {
		return nil, fault.New(fault.Invalid, "cli.file").With("file", dir)
	}
	return textFiles(s, paths)
}

func textFiles(s *console.Screen, paths []string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, path := range paths {
		f, err := os.Stat(path)
		if err != nil || f.Size() > lang.MaxExtra {
			return nil, fault.Wrap(fault.Invalid, "cli.file", err).With("file", path)
		}
		if files[filepath.Base(path)], err = console.ReadFile(s, path); err != nil {
			return nil, err
		}
	}
	return files, nil
}

type textList struct{ console.Remote }

func (c *textList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Items []apioffice.TextStanding `json:"items"`
	}
	if err := node.Call(http.MethodGet, "/texts?limit=1000", nil, &out); err != nil {
		return err
	}
	return s.Print(out.Items, func(w io.Writer) {
		fmt.Fprintln(w, "LANGUAGE\tTEXT\tSTANDING\tREVIEWER\tON\tDIGEST")
		for _, x := range out.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", x.Language, x.Text, s.Printer().Text("wording."+x.Standing, "reviewer", x.Reviewer, "date", x.On), x.Reviewer, x.On, x.Digest)
		}
	})
}

type textShow struct {
	Language lang.Tag  `arg:"" help:"Code of the language: ru."`
	Text     lang.Text `arg:"" name:"name" help:"Name of the text: consent."`
}

// line is a message of a text beside the English.
type line struct {
	Key     string   `json:"key"`
	English []string `json:"english"`
	Said    []string `json:"said"`
}

func (c *textShow) Run(s *console.Screen) error {
	keys := s.Texts.PersonKeys(c.Text)
	if len(keys) == 0 || !slices.Contains(s.Texts.Reads(), c.Language) {
		return fault.New(fault.NotFound, "wording.unknown")
	}
	var all []line
	for _, key := range keys {
		all = append(all, line{key, s.Texts.Reader(lang.English).Written(key), s.Texts.Reader(c.Language).Written(key)})
	}
	return s.Print(all, func(w io.Writer) {
		for _, l := range all {
			fmt.Fprintf(w, "%s\t%v\t%v\n", l.Key, l.English, l.Said)
		}
	})
}

type textReview struct {
	console.Remote
	Language string `arg:"" help:"Code of the language: ru."`
	Text     string `arg:"" name:"name" help:"Name of the text: consent."`
	Digest   string `arg:"" help:"Digest of what was read, as list prints it."`
	Reviewer string `required:"" help:"Who reviewed it: name and function."`
	On       string `required:"" help:"Day of the review, yyyy-mm-dd."`
}

func (c *textReview) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in := map[string]string{"digest": c.Digest, "reviewer": c.Reviewer, "on": c.On}
	if err := node.Call(http.MethodPut, "/texts/"+url.PathEscape(c.Language)+"/"+url.PathEscape(c.Text)+"/review", in, nil); err != nil {
		return err
	}
	return s.Done("reviewed")
}

type textLint struct {
	Files []string `arg:"" type:"existingfile" help:"Files of texts, each of one language."`
}

func (c *textLint) Run(s *console.Screen) error {
	files, err := textFiles(s, c.Files)
	if err != nil {
		return err
	}
	_, found := s.Texts.Add(files)
	found = append([]lang.Finding{}, found...)
	err = s.Print(found, func(w io.Writer) {
		for _, f := range found {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.File, f.Language, f.Item, s.Printer().Text(f.Rule))
		}
		if len(found) == 0 {
			fmt.Fprintln(w, s.Printer().Text("wording.lint.ok"))
		}
	})
	if err == nil && len(found) > 0 {
		return console.Unverified(nil)
	}
	return err
}

type textBlank struct {
	Language lang.Tag `arg:"" help:"Code of the language: fa, prs, ku."`
	Name     string   `required:"" help:"Name of the language in itself."`
	Dir      string   `default:"ltr" enum:"ltr,rtl" help:"Direction of writing."`
}

func (c *textBlank) Run(s *console.Screen) error {
	x := s.Texts.Blank(c.Language, c.Name, c.Dir)
	return s.Print(x, func(w io.Writer) {
		for _, key := range slices.Sorted(maps.Keys(x.Texts)) {
			fmt.Fprintf(w, "%s\t%v\n", key, x.Texts[key])
		}
	})
}
