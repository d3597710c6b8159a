// Package kubernetes holds the one type that the plugin names of its Go SDK's root.
package kubernetes

import "reflect"

// UntypedArgs are an object of any kind, as it stands in YAML.
type UntypedArgs map[string]any

// ElementType makes it an input of a resource.
func (UntypedArgs) ElementType() reflect.Type { return reflect.TypeFor[map[string]any]() }
