package ask

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/directory"
)

// mostOrganisations is how many organisations are sent at once. What was answered is kept, so that little is asked twice of a node to which
// the line was cut.
const mostOrganisations = 50

type directoryImport struct {
	console.Remote
	File      string            `arg:"" type:"path" help:"HSDS 3.0 in JSON: one organization, an array of them, or a page; - for standard input."`
	Terms     map[string]string `help:"Codes of services by a term of the file: --terms 'Emergency Shelter=accommodation'."`
	Public    bool              `help:"The locations are public already. Those of accommodation are sealed all the same."`
	Overwrite bool              `help:"Take over what the file says also where what stands here is newer."`
	Complete  bool              `help:"The file is whole: what came from it and is not in it any more has ended."`
}

// Run sends the organisations in batches. Each of them is whole or not there; who runs it again changes nothing of those that were taken.
func (c *directoryImport) Run(s *console.Screen) error {
	raw, err := console.ReadFile(s, c.File)
	if err != nil {
		return err
	}
	all, err := directory.Split(raw)
	if err != nil {
		return err
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	items, sent := c.send(s, node, all)
	err = s.Print(items, func(w io.Writer) { c.print(s, w, items) })
	switch {
	case sent != nil && s.Context.Err() != nil:
		return console.Stopped("cli.import.stopped")
	case sent != nil:
		return sent
	}
	return err
}

// send returns what became of the organisations that the node has answered for, also where it could not send all of them.
func (c *directoryImport) send(s *console.Screen, node *console.Client, all []json.RawMessage) ([]directory.Item, error) {
	bar := s.Progress("import")
	defer bar.End()
	items := []directory.Item{}
	for at := 0; at < len(all) || at == 0; {
		n, size := 0, 0
		for ; at+n < len(all) && n < mostOrganisations && (n == 0 || size+len(all[at+n]) < mostBytes); n++ {
			size += len(all[at+n])
		}
		in := map[string]any{"file": all[at : at+n], "public": c.Public, "overwrite": c.Overwrite, "complete": c.Complete}
		if c.Terms != nil {
			in["terms"] = c.Terms
		}
		var out struct {
			Items []directory.Item `json:"items"`
		}
		if err := patiently(s, func() error { return node.Call(http.MethodPost, "/directory-imports", in, &out) }); err != nil {
			return items, err
		}
		for _, i := range out.Items {
			i.Number += at
			items = append(items, i)
		}
		if at += n; n == 0 {
			break // a file of none
		}
		bar.At(int64(at), int64(len(all)))
	}
	return items, nil
}

func (c *directoryImport) print(s *console.Screen, w io.Writer, items []directory.Item) {
	fmt.Fprintln(w, "NUMBER\tKIND\tSOURCE\tRESULT\tREASON\tLEFT OUT")
	for _, i := range items {
		why := ""
		if i.Key != "" {
			why = s.Printer().Text(i.Key, "field", i.Field)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%v\n", i.Number, i.Kind, i.Source, i.Result, why, i.Left)
	}
	for _, r := range []directory.Result{
		directory.Created, directory.Changed, directory.Unchanged, directory.Differs, directory.Ended, directory.Missing, directory.Refused,
	} {
		n := len(slices.DeleteFunc(slices.Clone(items), func(i directory.Item) bool { return i.Result != r }))
		fmt.Fprintf(w, "%s\t%d\n", r, n)
	}
}
