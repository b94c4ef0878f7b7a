# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = 'census'
  spec.version = '1.0.0'
  spec.summary = 'Counts people.'
  spec.authors = ['nobody']
  spec.files = ['lib/census.rb', 'exe/census']
  spec.bindir = 'exe'
  spec.executables = ['census']
end
