# frozen_string_literal: true

require 'yaml'
require 'json'

# Answers with the settings of the site.
class App
  def initialize(settings)
    @settings = settings
  end

  def call(env)
    [200, { 'Content-Type' => 'application/json' }, [JSON.generate(@settings.merge('path' => env['PATH_INFO']))]]
  end
end
