package ask

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/directory"
	"github.com/opentrm/opentrm/internal/id"
)

// DirectoryCommand is "opentrm directory" with what stands below it.
type DirectoryCommand struct {
	List     directoryList     `cmd:"" help:"List organisations."`
	Show     directoryShow     `cmd:"" help:"Show an organisation."`
	Add      directoryAdd      `cmd:"" help:"Enter an organisation from a file, with its confidential places apart."`
	Set      directorySet      `cmd:"" help:"Change what is said of an organisation."`
	Verify   directoryVerify   `cmd:"" help:"Say that the record of an organisation is still true."`
	Capacity directoryCapacity `cmd:"" help:"Say whether a service has room."`
	End      directoryEnd      `cmd:"" help:"Say that an organisation, or a service or place of it, is there no more."`
	Erase    directoryErase    `cmd:"" help:"Propose to erase what was entered in error, or as the second person erase or keep it."`
	Move     directoryMove     `cmd:"" help:"Ask another desk to keep a record, or take it over or not."`
	Import   directoryImport   `cmd:"" help:"Take organisations from an HSDS 3.0 file in JSON."`
	Export   directoryExport   `cmd:"" help:"Write every organisation in HSDS 3.0, without confidential places."`
}

type directoryList struct {
	console.Remote
	Service  string `help:"Code of a service that they offer."`
	Text     string `help:"Part of the name, the description, or what a service or public place is called."`
	Language string `help:"BCP 47: a service is given in it."`
	Country  string `help:"ISO 3166-1 of a public place."`
	City     string `help:"Part of the name of the place."`
	Room     bool   `help:"Only where a service has room."`
	Stale    bool   `help:"Only what nobody has confirmed for long."`
	Ended    bool   `help:"Also what has ended."`
}

func (c *directoryList) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	found := []directory.Organisation{}
	for after := ""; ; {
		q := url.Values{"limit": {"200"}}
		for name, value := range map[string]string{"after": after, "service": c.Service, "text": c.Text, "language": c.Language, "country": c.Country, "city": c.City} {
			if value != "" {
				q.Set(name, value)
			}
		}
		for name, value := range map[string]bool{"room": c.Room, "stale": c.Stale, "ended": c.Ended} {
			if value {
				q.Set(name, "true")
			}
		}
		var page struct {
			Items []directory.Organisation `json:"items"`
			Next  string                   `json:"next"`
		}
		if err := node.Call(http.MethodGet, "/directory?"+q.Encode(), nil, &page); err != nil {
			return err
		}
		found = append(found, page.Items...)
		if after = page.Next; after == "" {
			break
		}
	}
	return s.Print(found, func(w io.Writer) {
		fmt.Fprintln(w, "ORGANISATION\tDESK\tVERIFIED\tSTALE\tNAME\tSERVICES")
		for _, o := range found {
			services := ""
			for i, x := range o.Body.Services {
				light := string(o.Capacity[i].Light)
				if o.EndOf(directory.OneService, string(x.ID)) != nil {
					light = "ended"
				}
				services += fmt.Sprintf("%s=%s ", x.Code, light)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%t\t%s\t%s\n", o.ID, o.Desk, console.When(o.Verified), o.Stale, o.Body.Name, services)
		}
	})
}

type directoryShow struct {
	console.Remote
	Organisation id.Organisation `arg:""`
	Confidential bool            `help:"Open the confidential places instead; the log shows it."`
}

func (c *directoryShow) Run(s *console.Screen) error {
	path := "/directory" + console.Seg(c.Organisation)
	if c.Confidential {
		path += "/confidential"
	}
	return console.Show(s, c.Remote, path)
}

type directoryAdd struct {
	console.Remote
	File string `arg:"" type:"path" help:"JSON object with organisation and confidential; - for standard input."`
}

func (c *directoryAdd) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	var out struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
	}
	if err := node.Call(http.MethodPost, "/directory", in, &out); err != nil {
		return err
	}
	return s.Print(out, func(w io.Writer) { fmt.Fprintf(w, "organisation\t%s\n", out.ID) })
}

type directorySet struct {
	console.Remote
	Organisation id.Organisation `arg:""`
	File         string          `arg:"" type:"path" help:"JSON object as for add; without confidential, the confidential places stay."`
	Match        string          `required:"" help:"Version that was read."`
}

func (c *directorySet) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	in, err := console.ReadObject(s, c.File)
	if err != nil {
		return err
	}
	if _, err := node.CallWith(http.MethodPut, "/directory"+console.Seg(c.Organisation), in, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("changed")
}

type directoryVerify struct {
	console.Remote
	Organisation id.Organisation `arg:""`
	Match        string          `required:"" help:"Version that was read."`
}

func (c *directoryVerify) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	if _, err := node.CallWith(http.MethodPut, "/directory"+console.Seg(c.Organisation)+"/verification", nil, nil, console.Version(c.Match)); err != nil {
		return err
	}
	return s.Done("verified")
}

type directoryCapacity struct {
	console.Remote
	Organisation id.Organisation `arg:""`
	Service      id.Service      `arg:""`
	Light        string          `arg:"" enum:"free,few,full,unknown" help:"free, few, full or unknown."`
}

func (c *directoryCapacity) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	of := "/directory" + console.Seg(c.Organisation)
	var stands struct {
		Capacity []struct {
			Service id.Service `json:"service"`
			Said    int64      `json:"said"`
		} `json:"capacity"`
	}
	if err := node.Call(http.MethodGet, of, nil, &stands); err != nil {
		return err
	}
	var last int64
	for _, x := range stands.Capacity {
		if x.Service == c.Service {
			last = x.Said
		}
	}
	at := console.Version(strconv.FormatInt(last, 10))
	if _, err := node.CallWith(http.MethodPut, of+"/services"+console.Seg(c.Service)+"/capacity", map[string]any{"light": c.Light}, nil, at); err != nil {
		return err
	}
	return s.Done("said")
}

type directoryExport struct {
	console.Remote
	File string `arg:"" type:"path" help:"Where to write."`
}

func (c *directoryExport) Run(s *console.Screen) error {
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out json.RawMessage
	if err := node.Call(http.MethodGet, "/directory-export", nil, &out); err != nil {
		return err
	}
	if err := console.WriteFile(c.File, out); err != nil {
		return err
	}
	return s.Done(filepath.Base(c.File))
}
