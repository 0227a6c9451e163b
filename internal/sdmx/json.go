package sdmx

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
)

type anyMap = map[string]any

func (t Text) fields(m anyMap, one, all string) anyMap {
	if len(t) > 0 {
		m[one], m[all] = t.main(), t
	}
	return m
}

// values are the codes of a list as a message tells them.
func (s *Structure) values(list string) []anyMap {
	var all []anyMap
	for _, c := range s.list(list).Codes {
		all = append(all, c.Name.fields(anyMap{"id": c.ID}, "name", "names"))
	}
	return all
}

// WriteJSON writes a table as an SDMX-JSON 2.1 data message in series. What is missing is null.
//
// It fails as [Dataset.Check] and as w.
func WriteJSON(w io.Writer, d *Dataset) error {
	if err := d.Check(); err != nil {
		return err
	}
	s := d.Structure
	var dims, attrs []anyMap
	for i, c := range s.Dimensions {
		dims = append(dims, c.Name.fields(anyMap{"id": c.ID, "keyPosition": i, "values": s.values(c.Codelist)}, "name", "names"))
	}
	for _, c := range s.Attributes {
		a := c.Name.fields(anyMap{"id": c.ID, "relationship": anyMap{"observation": anyMap{}}}, "name", "names")
		if c.Codelist != "" {
			a["values"] = s.values(c.Codelist)
		} else {
			a["format"] = anyMap{"dataType": "String"}
		}
		attrs = append(attrs, a)
	}
	times, at := d.times()
	urn := "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=" + s.Agency + ":" + s.ID + "(" + s.Version + ")"
	structure := anyMap{
		"links":    []anyMap{{"rel": "dataflow", "urn": urn}},
		"dataSets": []int{0},
		"dimensions": anyMap{"series": dims, "observation": []anyMap{
			{"id": TimePeriod, "name": "Time period", "names": English("Time period"), "keyPosition": len(dims), "roles": []string{TimePeriod}, "values": times},
		}},
		"measures": anyMap{"observation": []anyMap{{"id": ObsValue, "name": "Value", "names": English("Value"), "format": anyMap{"dataType": "Double"}}}},
	}
	if len(attrs) > 0 {
		structure["attributes"] = anyMap{"observation": attrs}
	}
	s.Name.fields(structure, "name", "names")
	s.Description.fields(structure, "description", "descriptions")
	return write(w, anyMap{
		"$schema": "https://json.sdmx.org/2.1/sdmx-json-data-schema.json",
		"meta": anyMap{
			"id": d.ID, "test": false, "prepared": d.Prepared.UTC().Format(time.RFC3339), "contentLanguages": s.Name.languages(), "sender": anyMap{"id": d.Sender},
		},
		"data": anyMap{"structures": []anyMap{structure}, "dataSets": []anyMap{{"structure": 0, "action": "Replace", "series": d.numbered(at)}}},
	})
}

// times returns the periods of a table in their order, and the place of each.
func (d *Dataset) times() (all []anyMap, at map[string]int) {
	at = map[string]int{}
	for _, o := range d.Observations {
		at[o.Time] = 0
	}
	for i, t := range sortedKeys(at) {
		at[t] = i
		all = append(all, anyMap{"id": strings.ReplaceAll(t, "/", "_"), "value": t}) // an identifier has no /
	}
	return all, at
}

// numbered returns the series under the places of their codes.
func (d *Dataset) numbered(times map[string]int) anyMap {
	codes, all := d.Structure.codes(), anyMap{}
	for _, one := range d.series() {
		var key []string
		for i, code := range one[0].Key {
			key = append(key, strconv.Itoa(codes[i][code]))
		}
		obs := anyMap{}
		for _, o := range one {
			row := []any{nil}
			if o.Value != "" {
				row[0] = json.Number(o.Value)
			}
			for i, v := range o.Attributes {
				list := codes[len(o.Key)+i]
				switch {
				case v == "":
					row = append(row, nil)
				case list != nil:
					row = append(row, list[v])
				default:
					row = append(row, v)
				}
			}
			obs[strconv.Itoa(times[o.Time])] = row
		}
		all[strings.Join(key, ":")] = anyMap{"observations": obs}
	}
	return all
}

func write(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
