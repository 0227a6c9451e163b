package intake

// TryRow reads one row of a table.
func TryRow(m Mapping, columns, cells []string) error {
	p, err := m.over(columns)
	if err == nil {
		_, err = p.row(cells)
	}
	return err
}
