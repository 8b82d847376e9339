/**
 * The limits of the entities of PutMetricData. An entity that breaks one refuses the request if the sender asks for strict
 * validation. Otherwise the datums are accepted without the entity, and a header of the answer names the problem.
 *
 * Sources: CloudWatch API Reference, Entity, EntityMetricData and PutMetricData, StrictEntityValidation. The attributes
 * that each type of entity requires are described in the User Guide alone, in prose, and are not checked.
 */

import { invalidValue, missing } from './errors.mjs'

/** PutMetricData, EntityMetricData: "You can include up to two EntityMetricData objects". */
const MAX_ENTITIES = 2

/** Entity, KeyAttributes and Attributes: entries, and characters of a key and of a value. */
const KEY_ATTRIBUTES = { least: 2, most: 4, keyLength: 32, valueLength: 2_048 }
const ATTRIBUTES = { least: 0, most: 10, keyLength: 256, valueLength: 2_048 }

/** Entity, KeyAttributes: "There are five allowed attributes". */
const KEYS = ['Type', 'ResourceType', 'Identifier', 'Name', 'Environment']

/**
 * The problem of an entity, in the words of the header `X-Amzn-Failure-Message`.
 *
 * @param {{ KeyAttributes?: Record<string, string>, Attributes?: Record<string, string> } | undefined} entity
 * @returns {'InvalidEntity' | 'InvalidKeyAttributes' | 'InvalidAttributes' | 'MissingRequiredFields' | undefined}
 */
function problemOf(entity) {
  if (entity === undefined) return 'InvalidEntity'
  const { KeyAttributes, Attributes = {} } = entity
  if (KeyAttributes === undefined) return 'InvalidEntity'
  const isAllowed = Object.keys(KeyAttributes).every((key) => KEYS.includes(key))
  if (!isAllowed || !fits(KeyAttributes, KEY_ATTRIBUTES)) return 'InvalidKeyAttributes'
  if (KeyAttributes.Type === undefined) return 'MissingRequiredFields'
  return fits(Attributes, ATTRIBUTES) ? undefined : 'InvalidAttributes'
}

/**
 * What the header `X-Amzn-Failure-Message` says about an input whose entities are left out, or `undefined`.
 *
 * @param {Record<string, any>} input of PutMetricData
 */
export function toleratedProblem({ EntityMetricData = [], StrictEntityValidation }) {
  return StrictEntityValidation ? undefined : firstProblem(EntityMetricData)
}

/** @param {Record<string, any>} input of PutMetricData */
export function* entitiesViolations({ EntityMetricData = [], StrictEntityValidation }) {
  if (EntityMetricData.length === 0) return
  // PutMetricData, StrictEntityValidation: "required when EntityMetricData is included".
  if (StrictEntityValidation === undefined) {
    yield missing('The parameter StrictEntityValidation is required.')
  }
  const problem = StrictEntityValidation && firstProblem(EntityMetricData)
  if (problem) yield invalidValue(`The parameter EntityMetricData is invalid: ${problem}.`)
}

function firstProblem(entities) {
  if (entities.length > MAX_ENTITIES) return 'EntitySizeTooLarge'
  return entities.map(({ Entity }) => problemOf(Entity)).find(Boolean)
}

function fits(map, { least, most, keyLength, valueLength }) {
  const entries = Object.entries(map)
  if (entries.length < least || entries.length > most) return false
  const isWithin = (text, length) => text.length >= 1 && text.length <= length
  return entries.every(([key, value]) => isWithin(key, keyLength) && isWithin(value, valueLength))
}
