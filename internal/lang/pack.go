package lang

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/opentrm/opentrm/internal/fault"
)

// packedName is the file of all texts of a language in an archive of [Pack]: of English an object, of any other an array
// of what stands for the keys of English in their order, null for what is missing. The keys are a third of a language.
func packedName(t Tag) string { return "text/" + string(t) + ".json" }

// Pack puts the texts and names of languages, as they stand below root in the source of this package, into one archive
// from which they are read as from the files. The same files give the same bytes.
//
// It fails with [fault.Internal] if a file is damaged, or a language has a key that English lacks.
func Pack(root fs.FS) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	put := func(name string, v any) error {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
		w, err := archive.Create(name)
		if err == nil {
			_, err = w.Write(b.Bytes())
		}
		return err
	}
	var status map[Tag]Status
	if err := readJSON(root, "text/status.json", &status); err != nil {
		return nil, err
	}
	if err := put("text/status.json", status); err != nil {
		return nil, err
	}
	var person any
	if err := readJSON(root, personFile, &person); err != nil {
		return nil, err
	}
	if err := put(personFile, person); err != nil {
		return nil, err
	}
	var counts any
	if err := readJSON(root, pluralFile, &counts); err != nil {
		return nil, err
	}
	if err := put(pluralFile, counts); err != nil {
		return nil, err
	}
	english, err := said(root, English)
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(english))
	for _, t := range slices.Sorted(maps.Keys(status)) {
		var names any
		if err := readJSON(root, "cldr/"+string(t)+".json", &names); err != nil {
			return nil, err
		}
		if err := put("cldr/"+string(t)+".json", names); err != nil {
			return nil, err
		}
		if status[t].From != "" {
			continue
		}
		all, err := said(root, t)
		if err != nil {
			return nil, err
		}
		var v any = all
		if t != English {
			values := make([]any, len(keys))
			for i, key := range keys {
				if value, ok := all[key]; ok {
					values[i] = value
					delete(all, key)
				}
			}
			if len(all) > 0 {
				return nil, fault.New(fault.Internal, "lang.file")
			}
			v = values
		}
		if err := put(packedName(t), v); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// said returns everything that stands in the files of one language.
func said(root fs.FS, t Tag) (map[string]any, error) {
	paths, err := fs.Glob(root, path.Join("text", string(t), "*.json"))
	if err != nil || len(paths) == 0 {
		return nil, fault.Wrap(fault.Internal, "lang.file", err)
	}
	all := map[string]any{}
	for _, p := range paths {
		if err := readJSON(root, p, &all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// unpack reads what [Pack] has packed of one language.
func (c *Catalogue) unpack(from fs.FS, t Tag, all map[string]message) error {
	raw := map[string]any{}
	if t == English {
		if err := readJSON(from, packedName(t), &raw); err != nil {
			return err
		}
	} else {
		var values []any
		if err := readJSON(from, packedName(t), &values); err != nil {
			return err
		}
		english, err := c.said(from, English)
		if err != nil {
			return err
		}
		keys := slices.Sorted(maps.Keys(english))
		if len(keys) != len(values) {
			return fault.New(fault.Internal, "lang.file")
		}
		for i, key := range keys {
			if values[i] != nil {
				raw[key] = values[i]
			}
		}
	}
	for key, value := range raw {
		m, err := messageOf(value)
		if err != nil {
			return err
		}
		all[key] = m
	}
	return nil
}
