package sdmx

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"
)

const (
	nsMessage   = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
	nsStructure = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure"
	nsCommon    = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"
	nsSpecific  = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific"
	nsInstance  = "http://www.w3.org/2001/XMLSchema-instance"
)

// out writes XML: names are ours, values are escaped.
type out struct {
	w     io.Writer
	err   error
	depth int
}

func (o *out) raw(s string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, s)
	}
}

func (o *out) escaped(s string) {
	if o.err == nil {
		o.err = xml.EscapeText(o.w, []byte(s))
	}
}

// tag writes the beginning of an element with pairs of attributes.
func (o *out) tag(name, end string, attrs []string) {
	o.raw(strings.Repeat("  ", o.depth) + "<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		o.raw(" " + attrs[i] + `="`)
		o.escaped(attrs[i+1])
		o.raw(`"`)
	}
	o.raw(end)
}

func (o *out) empty(name string, attrs ...string) { o.tag(name, "/>\n", attrs) }

func (o *out) text(name, text string, attrs ...string) {
	o.tag(name, ">", attrs)
	o.escaped(text)
	o.raw("</" + name + ">\n")
}

func (o *out) in(name string, inside func(), attrs ...string) {
	o.tag(name, ">\n", attrs)
	o.depth++
	inside()
	o.depth--
	o.raw(strings.Repeat("  ", o.depth) + "</" + name + ">\n")
}

func (o *out) words(name string, t Text) {
	for _, l := range t.languages() {
		o.text(name, t[l], "xml:lang", l)
	}
}

func (o *out) header(id, sender string, prepared time.Time, more func()) {
	o.in("mes:Header", func() {
		o.text("mes:ID", id)
		o.text("mes:Test", "false")
		o.text("mes:Prepared", prepared.UTC().Format(time.RFC3339))
		o.empty("mes:Sender", "id", sender)
		more()
	})
}

// WriteStructure writes a structure, its dataflow, concepts and code lists as an SDMX-ML 2.1 structure message.
//
// It fails as [Structure.Check] and as w.
func WriteStructure(w io.Writer, s *Structure, sender string, prepared time.Time) error {
	if err := s.Check(); err != nil {
		return err
	}
	o := &out{w: w}
	o.raw(xml.Header)
	o.in("mes:Structure", func() {
		o.header(s.ID, sender, prepared, func() {})
		o.in("mes:Structures", func() {
			own := []string{"id", s.ID, "agencyID", s.Agency, "version", s.Version, "isFinal", "true"}
			o.in("str:Dataflows", func() {
				o.in("str:Dataflow", func() {
					o.words("com:Name", s.Name)
					o.words("com:Description", s.Description)
					o.in("str:Structure", func() {
						o.empty("Ref", "id", s.ID, "version", s.Version, "agencyID", s.Agency, "package", "datastructure", "class", "DataStructure")
					})
				}, own...)
			})
			o.in("str:Codelists", func() {
				for _, l := range s.Codelists {
					o.codelist(l)
				}
			})
			o.in("str:Concepts", func() { o.concepts(s) })
			o.in("str:DataStructures", func() {
				o.in("str:DataStructure", func() {
					o.words("com:Name", s.Name)
					o.in("str:DataStructureComponents", func() { o.components(s) })
				}, own...)
			})
		})
	}, "xmlns:mes", nsMessage, "xmlns:str", nsStructure, "xmlns:com", nsCommon)
	return o.err
}

func (o *out) codelist(l Codelist) {
	o.in("str:Codelist", func() {
		o.words("com:Name", l.Name)
		for _, c := range l.Codes {
			o.in("str:Code", func() { o.words("com:Name", c.Name) }, "id", c.ID)
		}
	}, "id", l.ID, "agencyID", l.Agency, "version", l.Version, "isFinal", "true")
}

// scheme is the concepts of a structure.
func (s *Structure) scheme() string { return s.ID + "_CONCEPTS" }

func (o *out) concepts(s *Structure) {
	one := func(id string, name Text) {
		o.in("str:Concept", func() { o.words("com:Name", name) }, "id", id)
	}
	o.in("str:ConceptScheme", func() {
		o.words("com:Name", s.Name)
		for _, c := range s.Dimensions {
			one(c.ID, c.Name)
		}
		one(TimePeriod, English("Time period"))
		one(ObsValue, English("Value"))
		for _, c := range s.Attributes {
			one(c.ID, c.Name)
		}
	}, "id", s.scheme(), "agencyID", s.Agency, "version", s.Version, "isFinal", "true")
}

func (o *out) components(s *Structure) {
	concept := func(id string) {
		o.in("str:ConceptIdentity", func() {
			o.empty("Ref", "id", id, "maintainableParentID", s.scheme(), "maintainableParentVersion", s.Version, "agencyID", s.Agency, "package", "conceptscheme", "class", "Concept")
		})
	}
	values := func(list string) {
		o.in("str:LocalRepresentation", func() {
			l := s.list(list)
			if l == nil {
				o.empty("str:TextFormat", "textType", "String")
				return
			}
			o.in("str:Enumeration", func() {
				o.empty("Ref", "id", l.ID, "version", l.Version, "agencyID", l.Agency, "package", "codelist", "class", "Codelist")
			})
		})
	}
	o.in("str:DimensionList", func() {
		for i, c := range s.Dimensions {
			o.in("str:Dimension", func() { concept(c.ID); values(c.Codelist) }, "id", c.ID, "position", strconv.Itoa(i+1))
		}
		o.in("str:TimeDimension", func() {
			concept(TimePeriod)
			o.in("str:LocalRepresentation", func() { o.empty("str:TextFormat", "textType", "ObservationalTimePeriod") })
		}, "id", TimePeriod, "position", strconv.Itoa(len(s.Dimensions)+1))
	}, "id", "DimensionDescriptor")
	if len(s.Attributes) > 0 {
		o.in("str:AttributeList", func() {
			for _, c := range s.Attributes {
				o.in("str:Attribute", func() {
					concept(c.ID)
					values(c.Codelist)
					o.in("str:AttributeRelationship", func() {
						o.in("str:PrimaryMeasure", func() { o.empty("Ref", "id", ObsValue) })
					})
				}, "id", c.ID, "assignmentStatus", "Conditional")
			}
		}, "id", "AttributeDescriptor")
	}
	o.in("str:MeasureList", func() {
		o.in("str:PrimaryMeasure", func() {
			concept(ObsValue)
			o.in("str:LocalRepresentation", func() { o.empty("str:TextFormat", "textType", "Double") })
		}, "id", ObsValue)
	}, "id", "MeasureDescriptor")
}

// WriteData writes a table as SDMX-ML 2.1 structure-specific data: a series for each key, in it an observation for each time period.
//
// It fails as [Dataset.Check] and as w.
func WriteData(w io.Writer, d *Dataset) error {
	if err := d.Check(); err != nil {
		return err
	}
	s, o := d.Structure, &out{w: w}
	ns := "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=" + s.Agency + ":" + s.ID + "(" + s.Version + "):ObsLevelDim:" + TimePeriod
	o.raw(xml.Header)
	o.in("mes:StructureSpecificData", func() {
		o.header(d.ID, d.Sender, d.Prepared, func() {
			o.in("mes:Structure", func() {
				o.in("com:Structure", func() { o.empty("Ref", "agencyID", s.Agency, "id", s.ID, "version", s.Version) })
			}, "structureID", s.ID, "namespace", ns, "dimensionAtObservation", TimePeriod)
		})
		o.in("mes:DataSet", func() {
			for _, one := range d.series() {
				var key []string
				for i, c := range s.Dimensions {
					key = append(key, c.ID, one[0].Key[i])
				}
				o.in("Series", func() {
					for _, x := range one {
						o.empty("Obs", s.observation(x)...)
					}
				}, key...)
			}
		}, "ss:structureRef", s.ID, "xsi:type", "dsd:DataSetType", "ss:dataScope", "DataStructure", "ss:action", "Replace")
	}, "xmlns:mes", nsMessage, "xmlns:com", nsCommon, "xmlns:ss", nsSpecific, "xmlns:xsi", nsInstance, "xmlns:dsd", ns)
	return o.err
}

func (s *Structure) observation(x Observation) []string {
	value := x.Value
	if value == "" {
		value = Missing
	}
	attrs := []string{TimePeriod, x.Time, ObsValue, value}
	for i, v := range x.Attributes {
		if v != "" {
			attrs = append(attrs, s.Attributes[i].ID, v)
		}
	}
	return attrs
}
