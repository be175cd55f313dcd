// SPDX-License-Identifier: Apache-2.0

package modelplane

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// NewDoc makes a document of a Go value: nil, bools, numbers, strings, an [Object], and slices and maps
// of such; anything else goes through its JSON.  Keys of a map are sorted, floats stay floats, also
// whole ones.
func NewDoc(v any) (*Doc, error) {
	text, err := appendValue(nil, v, 0)
	if err != nil {
		return nil, err
	}
	return ReadJSON(text, nil)
}

// Deepest nesting of a Go value, which may hold itself; the reader's own limit is less.
const valueDepthMax = 1000

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > valueDepthMax {
		return nil, &Error{Status: ErrLimit, Text: "a value is nested too deeply", Offset: -1}
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return appendFloat(b, v)
	case []any:
		return appendList(b, len(v), func(i int) any { return v[i] }, depth)
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		return appendMap(b, keys, func(key string) any { return v[key] }, depth)
	case Object:
		text, err := v.JSON()
		return append(b, text...), err
	case *Doc:
		return appendValue(b, v.Root(), depth)
	case json.Marshaler: // json.Number too is a string below
		text, err := json.Marshal(v)
		return append(b, text...), err
	}
	return appendOther(b, v, depth)
}

// appendOther is for types that are named or less common.
func appendOther(b []byte, v any, depth int) ([]byte, error) {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(b, r.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, r.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(b, r.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		return appendFloat(b, r.Float())
	case reflect.Pointer, reflect.Interface:
		if r.IsNil() {
			return append(b, "null"...), nil
		}
		if r.Elem().Kind() != reflect.Struct {
			return appendValue(b, r.Elem().Interface(), depth+1)
		}
	case reflect.String:
		if _, number := v.(json.Number); !number {
			return appendString(b, r.String())
		}
	case reflect.Slice, reflect.Array:
		if r.Type().Elem().Kind() != reflect.Uint8 {
			return appendList(b, r.Len(), func(i int) any { return r.Index(i).Interface() }, depth)
		}
	case reflect.Map:
		if r.Type().Key().Kind() == reflect.String {
			keys := make([]string, 0, r.Len())
			for _, key := range r.MapKeys() {
				keys = append(keys, key.String())
			}
			return appendMap(b, keys, func(key string) any {
				return r.MapIndex(reflect.ValueOf(key).Convert(r.Type().Key())).Interface()
			}, depth)
		}
	}
	text, err := json.Marshal(v)
	return append(b, text...), err
}

func appendList(b []byte, count int, at func(int) any, depth int) ([]byte, error) {
	var err error
	b = append(b, '[')
	for i := 0; i < count && err == nil; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		b, err = appendValue(b, at(i), depth+1)
	}
	return append(b, ']'), err
}

func appendMap(b []byte, keys []string, at func(string) any, depth int) ([]byte, error) {
	var err error
	sort.Strings(keys)
	b = append(b, '{')
	for i := 0; i < len(keys) && err == nil; i++ {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendString(b, keys[i]); err == nil {
			b, err = appendValue(append(b, ':'), at(keys[i]), depth+1)
		}
	}
	return append(b, '}'), err
}

func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, &Error{Status: ErrInvalid, Text: "a string is not UTF-8", Offset: -1}
	}
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"'), nil
}

// appendFloat writes a float so that it is read as one: with a fraction or an exponent.
func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, &Error{Status: ErrInvalid, Text: "JSON has no infinities and no NaN", Offset: -1}
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'g', -1, 64)
	if bytes.IndexAny(b[start:], ".e") < 0 {
		b = append(b, ".0"...)
	}
	return b, nil
}

// Value is the object as a Go value: nil, bool, int64, uint64 (above int64), float64, string, []any or
// map[string]any.  The whole tree comes in one call.
func (o Object) Value() (any, error) {
	text, err := o.JSON()
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return numbers(v)
}

// Decode stores the object into a Go value, as json.Unmarshal does.
func (o Object) Decode(into any) error {
	text, err := o.JSON()
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// numbers gives every json.Number the type that its object has.
func numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		return number(v.String())
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range v {
			if v[key], err = numbers(v[key]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func number(text string) (any, error) {
	if strings.ContainsAny(text, ".eE") {
		return strconv.ParseFloat(text, 64)
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	if u, err := strconv.ParseUint(text, 10, 64); err == nil {
		return u, nil
	}
	return strconv.ParseFloat(text, 64)
}
